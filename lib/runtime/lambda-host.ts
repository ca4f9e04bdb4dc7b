import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { openDynamoLedger } from '../aws/dynamo-ledger.ts';
import { kmsKeys } from '../aws/kms-keys.ts';
import { stepCallbacks } from '../aws/step-callbacks.ts';
import type { Config } from '../core/config.ts';
import { readConfigDocument } from '../core/config-document.ts';
import { RotationError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { builtIn } from './catalog.ts';
import type { HostServices } from './host-services.ts';

/** What the stacks tell a function: names, never a value. */
const environment = z.object({
  /** Set by Lambda: the folder of the bundle. */
  LAMBDA_TASK_ROOT: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  AUDIT_KEY_ARN: z.string().min(1),
  FINGERPRINT_KEY_ARN: z.string().min(1),
  TOKEN_KEY_ARN: z.string().min(1),
});

const clock: Clock = { now: Date.now, sleep: (ms) => sleep(ms) };

/** The host of a function: the ledger in DynamoDB, its keys in KMS, answers through Step Functions. @throws ConfigInvalid */
export function lambdaHost(variables: NodeJS.ProcessEnv): HostServices {
  const env = environment.safeParse(variables);
  if (!env.success) {
    const detail = `missing: ${env.error.issues.map(({ path }) => path.join('.')).join(', ')}`;
    throw new RotationError('ConfigInvalid', { subject: 'environment of the function', detail });
  }
  const { LAMBDA_TASK_ROOT: bundle, TABLE_NAME, AUDIT_KEY_ARN, FINGERPRINT_KEY_ARN, TOKEN_KEY_ARN } = env.data;
  const keys = kmsKeys(new KMSClient(), {
    audit: AUDIT_KEY_ARN,
    fingerprint: FINGERPRINT_KEY_ARN,
    token: TOKEN_KEY_ARN,
  });
  return {
    catalog: builtIn,
    ledger: openDynamoLedger({ client: new DynamoDBClient(), tableName: TABLE_NAME, keys, now: clock.now }),
    clock,
    random: { bytes: randomBytes },
    ids: { uuid: randomUUID },
    callbacks: stepCallbacks(new SFNClient()),
    config: () => readConfig(bundle),
    sink: (line) => console.log(line),
    baseDir: bundle,
    dataDir: bundle,
  };
}

/** The configuration as it was deployed with the function. */
function readConfig(bundle: string): Config {
  try {
    return readConfigDocument(readFileSync(join(bundle, 'config.json'), 'utf8'));
  } catch {
    throw new RotationError('ConfigInvalid', {
      subject: 'config.json',
      detail: 'it is not of this version: deploy again',
    });
  }
}

import { RotationError } from '../../core/errors.ts';
import { untilSeen } from '../aws/until-seen.ts';
import type { Entry } from './entry.ts';
import { CURRENT, labelled } from './labels.ts';
import type { SecretsApi } from './secrets-api.ts';

const IN_STEP = 'InSync';
const BROKEN = 'Failed';

/**
 * Returns when every replica has the version as its current one. The status alone may still be that of the version before,
 * so that each region is asked itself.
 *
 * @throws Unavailable naming the region that is behind
 */
export async function replicasInStep(entry: Entry, id: string): Promise<void> {
  for (const replica of entry.replicas) await inStep(entry, replica, id);
}

async function inStep({ api, name, clock }: Entry, replica: SecretsApi, id: string): Promise<void> {
  await untilSeen(clock, `replica of ${name} in ${replica.region}`, async () => {
    const status = (await api.describe(name))?.replicas.get(replica.region);
    if (status === BROKEN) throw broken(name, replica.region);
    if (status !== IN_STEP) return undefined;
    const described = await replica.describe(name);
    return described && labelled(described, CURRENT) === id ? IN_STEP : undefined;
  });
}

const broken = (name: string, region: string) =>
  new RotationError('Unavailable', {
    subject: `replica of ${name} in ${region}`,
    detail: 'its replication failed; `aws secretsmanager describe-secret` says why',
  });

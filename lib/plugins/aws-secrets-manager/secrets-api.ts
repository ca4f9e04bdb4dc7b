import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsCode } from '../../core/aws-code.ts';
import { RotationError } from '../../core/errors.ts';
import type { AwsCredentials } from '../aws/assumed-role.ts';
import { awsFailure } from '../aws/aws-failure.ts';
import { type AwsPlace, clientOptions } from '../aws/aws-settings.ts';

/** What a secret says of itself without its value. */
export interface Described {
  /** Version id of AWS -> its staging labels; versions without one are as good as gone. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly tags: ReadonlyMap<string, string>;
  /** Region -> status. */
  readonly replicas: ReadonlyMap<string, string>;
}

export interface NewSecret {
  readonly text: string;
  readonly kmsKeyId: string | undefined;
  readonly replicas: readonly string[];
}

/** `taken`: another writer was first, and nothing was written. */
export type Written = 'written' | 'taken';

/** Secrets Manager of one region. @throws RotationError */
export interface SecretsApi {
  readonly region: string;
  /** Undefined where there is no such secret. */
  describe(name: string): Promise<Described | undefined>;
  /** Undefined where there is no such version, or not yet. */
  value(name: string, id: string): Promise<string | undefined>;
  /** Every version id that AWS still knows, those without a label too. */
  ids(name: string): Promise<readonly string[]>;
  create(name: string, secret: NewSecret): Promise<Written>;
  /** A version under an id of ours; the labels leave the versions that had them. */
  put(name: string, id: string, text: string, labels: readonly string[]): Promise<Written>;
  /** Moves a label from the version that has it, to another one or to none: the compare-and-set of this service. */
  move(name: string, label: string, from: string, to?: string): Promise<Written>;
  tag(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  close(): void;
}

export type SecretsManagerSdk = typeof import('@aws-sdk/client-secrets-manager');

export function secretsApi(sdk: SecretsManagerSdk, place: AwsPlace, credentials?: AwsCredentials): SecretsApi {
  const client: SecretsManagerClient = new sdk.SecretsManagerClient(clientOptions(place, credentials));
  const { region } = place;
  /** `answers`: errors that a caller looks into. */
  const ask = async <T, A = never>(
    command: { readonly name: string; readonly isChange: boolean },
    target: string,
    send: () => Promise<T>,
    answers: Readonly<Record<string, A>> = {},
  ): Promise<T | A> => {
    try {
      return await send();
    } catch (error) {
      const code = awsCode(error);
      if (Object.hasOwn(answers, code) && answers[code] !== undefined) return answers[code];
      const action = `secretsmanager:${command.name}`;
      throw awsFailure(error, { action, target: `${target} in ${region}`, isChange: command.isChange });
    }
  };
  return {
    region,
    describe: async (name) => {
      const command = new sdk.DescribeSecretCommand({ SecretId: name });
      const found = await ask(look('DescribeSecret'), name, () => client.send(command), MISSING);
      if (found === 'missing') return undefined;
      if (found.DeletedDate !== undefined) throw deleted(name, region);
      return {
        labels: new Map(Object.entries(found.VersionIdsToStages ?? {})),
        tags: new Map((found.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        replicas: new Map((found.ReplicationStatus ?? []).map(({ Region = '', Status = '' }) => [Region, Status])),
      };
    },
    value: async (name, VersionId) => {
      const command = new sdk.GetSecretValueCommand({ SecretId: name, VersionId });
      const found = await ask(look('GetSecretValue'), name, () => client.send(command), MISSING);
      return found === 'missing' ? undefined : (found.SecretString ?? '');
    },
    ids: async (name) => {
      const ids: string[] = [];
      let from: string | undefined;
      do {
        const command = new sdk.ListSecretVersionIdsCommand({
          SecretId: name,
          IncludeDeprecated: true,
          MaxResults: 100,
          NextToken: from,
        });
        const page = await ask(look('ListSecretVersionIds'), name, () => client.send(command));
        ids.push(...(page.Versions ?? []).map(({ VersionId = '' }) => VersionId));
        from = page.NextToken;
      } while (from !== undefined);
      return ids;
    },
    create: async (Name, { text, kmsKeyId, replicas }) => {
      const command = new sdk.CreateSecretCommand({
        Name,
        SecretString: text,
        KmsKeyId: kmsKeyId,
        ...(replicas.length > 0 && { AddReplicaRegions: replicas.map((Region) => ({ Region })) }),
      });
      return written(await ask(change('CreateSecret'), Name, () => client.send(command), EXISTS));
    },
    put: async (name, ClientRequestToken, SecretString, VersionStages) => {
      const command = new sdk.PutSecretValueCommand({
        SecretId: name,
        ClientRequestToken,
        SecretString,
        VersionStages: [...VersionStages],
      });
      return written(await ask(change('PutSecretValue'), name, () => client.send(command), EXISTS));
    },
    move: async (name, VersionStage, RemoveFromVersionId, MoveToVersionId) => {
      const command = new sdk.UpdateSecretVersionStageCommand({
        SecretId: name,
        VersionStage,
        RemoveFromVersionId,
        MoveToVersionId,
      });
      return written(await ask(change('UpdateSecretVersionStage'), name, () => client.send(command), REFUSED));
    },
    tag: async (name, tags) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const command = new sdk.TagResourceCommand({ SecretId: name, Tags });
      await ask(change('TagResource'), name, () => client.send(command));
    },
    close: () => client.destroy(),
  };
}

const look = (name: string) => ({ name, isChange: false });
const change = (name: string) => ({ name, isChange: true });

const MISSING = { ResourceNotFoundException: 'missing' } as const;
const EXISTS = { ResourceExistsException: 'taken' } as const;
/** What is said where the label is on another version, or the version is not there. */
const REFUSED = {
  InvalidParameterException: 'taken',
  InvalidRequestException: 'taken',
  ResourceNotFoundException: 'taken',
} as const;

const written = (reply: unknown): Written => (reply === 'taken' ? 'taken' : 'written');

const deleted = (name: string, region: string) =>
  new RotationError('Conflict', {
    subject: `secret ${name} in ${region}`,
    detail: 'it is scheduled for deletion; restore it first',
  });

import type { ParameterHistory, PutParameterCommandInput } from '@aws-sdk/client-ssm';
import { awsCode } from '../../core/aws-code.ts';
import type { AwsCredentials } from '../aws/assumed-role.ts';
import { awsFailure } from '../aws/aws-failure.ts';
import { type AwsPlace, clientOptions } from '../aws/aws-settings.ts';

export interface Parameter {
  readonly value: string;
  /** Counts the writes of all writers. */
  readonly number: number;
  readonly type: string;
}

/** One parameter of the Parameter Store. @throws RotationError */
export interface ParameterApi {
  readonly name: string;
  /** Undefined where there is none. */
  get(): Promise<Parameter | undefined>;
  tag(key: string): Promise<string | undefined>;
  setTag(key: string, value: string): Promise<void>;
  /** Makes the first version with a tag; undefined when there is one already. */
  create(
    value: string,
    kmsKeyId: string | undefined,
    tag: readonly [key: string, value: string],
  ): Promise<number | undefined>;
  /** Writes the next version with the key, description, pattern, tier and policies of the last. @returns its number */
  overwrite(value: string): Promise<number>;
}

type Sdk = typeof import('@aws-sdk/client-ssm');

export function parameterApi(sdk: Sdk, name: string, place: AwsPlace, credentials?: AwsCredentials): ParameterApi {
  const options = clientOptions(place, credentials);
  const client = new sdk.SSMClient(options);
  /** A write that is repeated makes another version: whether the first was done is looked for by the next step's attempt. */
  const once = new sdk.SSMClient({ ...options, maxAttempts: 1 });
  const ask = async <T>(action: string, isChange: boolean, send: () => Promise<T>, answer?: string) => {
    try {
      return await send();
    } catch (error) {
      if (awsCode(error) === answer) return undefined;
      throw awsFailure(error, { action: `ssm:${action}`, target: `${name} in ${place.region}`, isChange });
    }
  };
  const last = async (): Promise<ParameterHistory> => {
    let page: { Parameters?: ParameterHistory[] | undefined; NextToken?: string | undefined } | undefined;
    let newest: ParameterHistory = {};
    do {
      const command = new sdk.GetParameterHistoryCommand({ Name: name, MaxResults: 50, NextToken: page?.NextToken });
      page = await ask('GetParameterHistory', false, () => client.send(command));
      newest = (page?.Parameters ?? []).reduce((a, b) => ((b.Version ?? 0) > (a.Version ?? 0) ? b : a), newest);
    } while (page?.NextToken !== undefined);
    return newest;
  };
  return {
    name,
    get: async () => {
      const command = new sdk.GetParameterCommand({ Name: name, WithDecryption: true });
      const reply = await ask('GetParameter', false, () => client.send(command), 'ParameterNotFound');
      if (reply === undefined) return undefined;
      const { Value = '', Version = 0, Type = '' } = reply.Parameter ?? {};
      return { value: Value, number: Version, type: Type };
    },
    tag: async (key) => {
      const command = new sdk.ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: name });
      const reply = await ask('ListTagsForResource', false, () => client.send(command), 'InvalidResourceId');
      return reply?.TagList?.find(({ Key }) => Key === key)?.Value;
    },
    setTag: async (Key, Value) => {
      const Tags = [{ Key, Value }];
      const command = new sdk.AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: name, Tags });
      await ask('AddTagsToResource', true, () => client.send(command));
    },
    create: async (Value, KeyId, [tagKey, tagValue]) => {
      const Tags = [{ Key: tagKey, Value: tagValue }];
      const command = new sdk.PutParameterCommand({ Name: name, Type: 'SecureString', Value, KeyId, Tags });
      return (await ask('PutParameter', true, () => once.send(command), 'ParameterAlreadyExists'))?.Version;
    },
    overwrite: async (Value) => {
      const kept = keptOf(await last());
      const command = new sdk.PutParameterCommand({
        ...kept,
        Name: name,
        Type: 'SecureString',
        Value,
        Overwrite: true,
      });
      return (await ask('PutParameter', true, () => once.send(command)))?.Version ?? 0;
    },
  };
}

/** What a write without them would set back to AWS's defaults. */
const keptOf = (found: ParameterHistory): Partial<PutParameterCommandInput> => ({
  KeyId: found.KeyId,
  Description: found.Description,
  AllowedPattern: found.AllowedPattern === '' ? undefined : found.AllowedPattern,
  Tier: found.Tier,
  DataType: found.DataType,
  ...(found.Policies?.length && { Policies: `[${found.Policies.map(({ PolicyText }) => PolicyText).join(',')}]` }),
});

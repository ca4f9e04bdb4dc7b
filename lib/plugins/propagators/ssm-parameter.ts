import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { Permission, PropagatorClient } from '../../core/ports.ts';
import type { RoleRequest } from '../../core/role-request.ts';
import { renderTemplate } from '../../core/template.ts';
import { assumedRole, roleArn, throughRole } from '../aws/assumed-role.ts';
import { awsPlace } from '../aws/aws-settings.ts';
import { kmsKeyArn } from '../aws/kms-key-arn.ts';
import { readMarker } from '../aws-ssm/marker.ts';
import { parameterApi } from '../aws-ssm/parameter-api.ts';
import { writeParameter } from '../aws-ssm/write-parameter.ts';

const config = z.strictObject({
  use: z.literal('ssm-parameter'),
  ...awsPlace,
  /** A role of the other account, which is taken for each write. */
  roleArn: roleArn.optional(),
  name: z
    .string()
    .regex(/^(?!\/?(aws|ssm))\/?[\w.-]+(\/[\w.-]+)*$/i, 'expected the name of a parameter, e.g. /orders/password'),
  /** The whole value. */
  template: z.string().min(1),
  /** Id, ARN or alias of the KMS key of a parameter that is not there yet; AWS's own when absent. */
  kmsKeyId: z.string().min(1).optional(),
});
type Config = z.output<typeof config>;

/**
 * Writes a SecureString. A tag beside it tells the version and the number of the write that brings it, and is set before
 * that write: a number that no tag announced is another writer's, whose value is not overwritten.
 */
export const ssmParameter = definePlugin({
  name: 'ssm-parameter',
  summary: 'A SecureString in the Parameter Store of AWS Systems Manager',
  config,
  permissions: (options, role) => throughRole(options, ownPermissions(options, role)),
  create: async (options, { clock }): Promise<PropagatorClient> => {
    const sdk = await import('@aws-sdk/client-ssm');
    const api = parameterApi(sdk, options.name, options, await assumedRole(options));
    return {
      put: async ({ secretId, version, values }) => {
        const value = renderTemplate(options.template, { ...values.reveal(), version });
        return writeParameter(api, { secretId, version, value, kmsKeyId: options.kmsKeyId }, clock);
      },
      current: async (secretId) => {
        const marker = await readMarker(api);
        if (marker === undefined || marker.secretId !== secretId) return undefined;
        return (await api.get())?.number === marker.number ? marker.version : undefined;
      },
    };
  },
});

const ACTIONS = ['AddTagsToResource', 'GetParameter', 'GetParameterHistory', 'ListTagsForResource', 'PutParameter'];

function ownPermissions({ region, name, kmsKeyId }: Config, role: RoleRequest): readonly Permission[] {
  const { partition, account } = role;
  const key = kmsKeyArn(kmsKeyId, region, role);
  const arn = `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
  return [
    { actions: ACTIONS.map((action) => `ssm:${action}`), resources: [arn] },
    ...(key === undefined
      ? []
      : [{ actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], resources: [key] }]),
  ];
}

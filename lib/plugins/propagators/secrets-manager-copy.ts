import { createHash } from 'node:crypto';
import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { Permission, PropagatorClient } from '../../core/ports.ts';
import type { RoleRequest } from '../../core/role-request.ts';
import { renderTemplate } from '../../core/template.ts';
import { versionMarker } from '../../core/version-marker.ts';
import { assumedRole, roleArn, throughRole } from '../aws/assumed-role.ts';
import { awsPlace } from '../aws/aws-settings.ts';
import { writeFields } from '../aws-secrets-manager/copy.ts';
import { readCurrent } from '../aws-secrets-manager/secret-at.ts';
import { secretsApi } from '../aws-secrets-manager/secrets-api.ts';

const field = z
  .string()
  .regex(/^(?!KEYTURN_VERSION_|_keyturn\.).+$/s, 'expected a name, and not one of KEYTURN_VERSION_* or _keyturn.*');

const config = z.strictObject({
  use: z.literal('secrets-manager-copy'),
  ...awsPlace,
  /** A role of the other account, which is taken for each write. */
  roleArn: roleArn.optional(),
  /** It is there already: its key, policy, tags and replicas are its owner's. */
  name: z.string().regex(/^[\w/+=.@-]{1,512}$/, 'expected letters, digits and /_+=.@-, 512 at most'),
  /** Field -> template of its value. */
  data: z.record(field, z.string()).refine((data) => Object.keys(data).length > 0, 'name at least one field'),
});
type Config = z.output<typeof config>;

/** Sets fields of a JSON secret in another region or account, and a field with the version beside them, in one step. */
export const secretsManagerCopy = definePlugin({
  name: 'secrets-manager-copy',
  summary: 'Fields of a JSON secret in AWS Secrets Manager, of any region or account',
  config,
  capabilities: ['sibling-fields'],
  permissions: (options, role) => throughRole(options, ownPermissions(options, role)),
  create: async (options, { clock }): Promise<PropagatorClient> => {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    const api = secretsApi(sdk, options, await assumedRole(options));
    const at = { name: options.name, api, clock };
    return {
      put: async ({ secretId, version, values }) => {
        const known = { ...values.reveal(), version };
        const rendered = Object.entries(options.data).map(([name, template]) => [
          name,
          renderTemplate(template, known),
        ]);
        const fields = Object.fromEntries([...rendered, [versionMarker(secretId), version]]);
        return writeFields(at, fields, `${version}-${shortId(secretId)}-`);
      },
      current: async (secretId) => {
        const found = (await readCurrent(at))?.data[versionMarker(secretId)];
        return typeof found === 'string' ? found : undefined;
      },
    };
  },
});

const shortId = (secretId: string): string => createHash('sha256').update(secretId).digest('hex').slice(0, 12);

const ACTIONS = [
  'DescribeSecret',
  'GetSecretValue',
  'ListSecretVersionIds',
  'PutSecretValue',
  'UpdateSecretVersionStage',
];

const ownPermissions = ({ region, name }: Config, { partition, account }: RoleRequest): readonly Permission[] => [
  {
    actions: ACTIONS.map((action) => `secretsmanager:${action}`),
    resources: [`arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`],
  },
];

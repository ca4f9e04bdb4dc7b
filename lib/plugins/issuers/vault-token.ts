import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { definePlugin } from '../../core/plugin.ts';
import { secretIdIssuer } from '../vault/secret-ids.ts';
import { mountPath, roleName, vaultConnection } from '../vault/settings.ts';

const config = z.strictObject({
  use: z.literal('vault-token'),
  ...vaultConnection,
  /** The AppRole whose secret ids are issued. */
  role: roleName,
  /** Of the AppRole method. */
  mount: mountPath.default('approle'),
  /** How long a secret id lives, how many logins it is good for and from where; as the role says when absent. */
  life: duration.optional(),
  uses: z.int().min(1).optional(),
  cidrs: z.array(z.string().min(1)).min(1).optional(),
});

/** Secret ids of an AppRole of HashiCorp Vault or OpenBao, ended by their accessor. */
export const vaultToken = definePlugin({
  name: 'vault-token',
  summary: 'HashiCorp Vault or OpenBao: secret ids of an AppRole',
  config,
  create: secretIdIssuer,
});

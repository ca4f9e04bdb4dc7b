import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import { pkiIssuer } from '../vault/pki.ts';
import { mountPath, roleName, vaultConnection } from '../vault/settings.ts';

const config = z.strictObject({
  use: z.literal('vault-pki'),
  ...vaultConnection,
  /** Of the PKI engine. */
  mount: mountPath.default('pki'),
  /** Says what may be signed; its allowed_user_ids must hold `keyturn-*`. */
  role: roleName,
  /** The issuer of the engine that the role names, where it has several. */
  issuerRef: roleName.default('default'),
  /** The root that its chains end at, PEM, where the engine does not hold it. */
  rootFile: z.string().min(1).optional(),
});

/** The PKI engine of HashiCorp Vault or OpenBao: it signs, it revokes, and it publishes the revocation list. */
export const vaultPki = definePlugin({
  name: 'vault-pki',
  summary: 'HashiCorp Vault or OpenBao: a role of a PKI engine',
  config,
  create: pkiIssuer,
});

import { z } from 'zod';
import { secretUrl } from '../../core/http-target.ts';

export const mountPath = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, 'expected a mount as the server lists it, without slashes around it')
  .refine((path) => !/(^|\/)\.+(\/|$)/.test(path), 'a mount has no segment of dots');
export const roleName = z.string().regex(/^[\w.-]+$/, 'expected the name of a role');
const file = z.string().min(1);

const address = secretUrl.refine(
  (text) => !URL.canParse(text) || new URL(text).href === `${new URL(text).origin}/`,
  'expected scheme, host and port, and no path',
);

/** How Keyturn logs in. Files are relative to keyturn.yaml and read anew for each login. */
const auth = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('approle'),
    roleIdFile: file,
    /** Mode 0600. */
    secretIdFile: file,
    mount: mountPath.default('approle'),
  }),
  z.strictObject({
    method: z.literal('kubernetes'),
    role: roleName,
    jwtFile: file.default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
    mount: mountPath.default('kubernetes'),
  }),
  z.strictObject({ method: z.literal('jwt'), role: roleName, jwtFile: file, mount: mountPath.default('jwt') }),
  /** A token that somebody else cares for, e.g. an agent's sink: renewed when it is short, never revoked. Mode 0600. */
  z.strictObject({ method: z.literal('token'), tokenFile: file }),
]);

/** Keys of everything that talks to such a server. */
export const vaultConnection = {
  address,
  /** Certificates of the CA that signed the server's, PEM; the system's when absent. */
  caFile: file.optional(),
  namespace: mountPath.optional(),
  auth,
  timeoutSeconds: z.int().min(1).max(60).default(10),
};
export type VaultConnection = z.output<z.ZodObject<typeof vaultConnection>>;

/** A static role of a database engine. */
export const staticRole = z.strictObject({
  ...vaultConnection,
  /** Of the database engine. */
  mount: mountPath.default('database'),
  role: roleName,
});
export type StaticRoleSettings = z.output<typeof staticRole>;

export const vaultSettings = z.strictObject({
  use: z.literal('vault'),
  /** A KV engine of version 2; one per environment keeps environments apart. */
  mount: mountPath,
  ...vaultConnection,
});
export type VaultSettings = z.output<typeof vaultSettings>;
export type VaultAuth = VaultSettings['auth'];

import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { secretReference } from '../../core/references.ts';
import { trustRule } from '../logins/server-trust.ts';
import { serverFields } from '../postgresql/target.ts';
import { mountPath, vaultConnection } from '../vault/settings.ts';

const sqlName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/, 'expected a name, or a schema and a name');

/** Where the ciphertexts lie. */
const place = z.discriminatedUnion('in', [
  z.strictObject({
    in: z.literal('files'),
    /** Relative to keyturn.yaml; folders in it, too. */
    folder: z.string().min(1),
    /** How the names of the files end; each holds one ciphertext. */
    suffix: z.string().min(1),
  }),
  z
    .strictObject({
      in: z.literal('postgresql'),
      ...serverFields,
      /** `{ username, password }` of a role that may read and update the table, and has the register. */
      admin: secretReference,
      table: sqlName,
      /** Of the primary key. */
      id: sqlName.default('id'),
      /** Of type text. */
      column: sqlName,
      /** A table that lists which keys the data may be under; it is made where it may be. */
      register: sqlName.default('keyturn_keys'),
    })
    .refine((server) => !trustRule.broken(server), { path: [trustRule.path], error: trustRule.expected }),
]);
export type DataPlace = z.output<typeof place>;
export type FilesPlace = Extract<DataPlace, { in: 'files' }>;
export type TablePlace = Extract<DataPlace, { in: 'postgresql' }>;

const shared = {
  data: place,
  /** How many ciphertexts are read at once. */
  batch: z.int().min(1).max(10_000).default(200),
};

const envelope = z.strictObject({
  adapter: z.literal('envelope'),
  ...shared,
  /** How long a consumer that is proven to have a key may still work without it. */
  cacheAge: duration.prefault('0s'),
});
export type EnvelopeTarget = z.output<typeof envelope>;

const transit = z.strictObject({
  adapter: z.literal('vault-transit'),
  ...vaultConnection,
  /** Of the Transit engine. */
  mount: mountPath.default('transit'),
  key: z.string().regex(/^[\w.-]+$/, 'expected the name of a key'),
  ...shared,
});
export type TransitTarget = z.output<typeof transit>;

export const encryptionTarget = z.discriminatedUnion('adapter', [envelope, transit]);
export type EncryptionTarget = z.output<typeof encryptionTarget>;

const dataIdentity = (data: DataPlace): string =>
  data.in === 'files'
    ? `ciphertexts:${data.folder}/*${data.suffix}`
    : `ciphertexts:${data.host.toLowerCase()}:${data.port}/${data.database}/${data.table}.${data.column}`;

/** What a rotation changes. */
export const identitiesOf = (target: EncryptionTarget): string[] => [
  dataIdentity(target.data),
  ...(target.adapter === 'envelope' ? [] : [`transit:${target.address}/${target.mount}/${target.key}`]),
];

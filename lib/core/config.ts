import { z } from 'zod';
import type { Catalog } from './catalog.ts';
import { type Cluster, cluster } from './cluster.ts';
import { duration } from './duration.ts';
import { OCCASIONS } from './notices.ts';
import { pluginUse, withIssuers, writtenAs } from './plugin-use.ts';
import { type ClassPolicy, policyOverrides } from './policy.ts';
import { type Classification, classification } from './rotation.ts';

/** A type that holds a value made elsewhere (an admin login, a webhook URL): it has an owner and an age, and no flow. */
export const EXTERNAL = 'external';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and hyphens');
const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected hh:mm');

/** When a scheduled rotation may begin. */
const window = z.strictObject({
  days: z.array(weekday).min(1),
  from: clockTime,
  to: clockTime,
  timezone: z.string().min(1),
});

/** A declared hole in the coverage: it shows in every plan and report until it expires. */
export const waiver = z.strictObject({
  reason: z.string().min(10, 'give the reason in at least ten characters'),
  owner: z.string().min(1),
  expires: z.iso.date(),
});
export type Waiver = z.output<typeof waiver>;

export const environment = z.strictObject({
  aws: z
    .strictObject({ account: z.string().regex(/^\d{12}$/, 'expected twelve digits'), region: z.string().min(1) })
    .optional(),
  pci: z.boolean().default(false),
});

/** An operator of the local host: the key that proves who votes. */
const operator = z.strictObject({
  /** Ed25519, SubjectPublicKeyInfo in base64 without line breaks. */
  publicKey: z
    .string()
    .regex(
      /^[A-Za-z0-9+/]{59}=$/,
      'expected an Ed25519 public key: 60 characters of base64, as `keyturn init --operator` prints it',
    ),
});

const consumerSchema = (catalog: Catalog) =>
  z.strictObject({
    name,
    propagate: pluginUse(catalog.propagators, {}).optional(),
    restart: pluginUse(catalog.restarters, { wave: z.int().min(1).max(99).default(1) }).optional(),
    verify: z.union([z.array(pluginUse(catalog.verifiers, {})).min(1), z.strictObject({ waived: waiver })]),
  });

const secretSchema = (catalog: Catalog) =>
  z
    .strictObject({
      type: z.enum([...catalog.secretTypes.map((type) => type.name), EXTERNAL]),
      classification,
      owner: z.string().min(1),
      description: z.string().optional(),
      tags: z.record(z.string(), z.string()).default({}),
      backend: z.string().optional(),
      path: z.string().min(1).optional(),
      fields: z.record(z.string(), z.string().min(1)).optional(),
      target: z.unknown().optional(),
      consumers: z.union([z.array(consumerSchema(catalog)).min(1), z.strictObject({ waived: waiver })]).optional(),
      grace: duration.optional(),
      quietDeadline: duration.optional(),
      window: window.optional(),
    })
    .meta({ anyOf: targets(catalog) });

/** For editors: the target of an entry is what its type reads. The check itself follows the schema's. */
const targets = (catalog: Catalog) => [
  ...catalog.secretTypes.map(({ name: type, config: target, issuedBy }) => ({
    properties: { type: { const: type }, target: withIssuers(writtenAs(target), issuedBy && catalog[issuedBy]) },
  })),
  { properties: { type: { const: EXTERNAL } } },
];

/** The schema of keyturn.yaml for the plugins of a catalog. What no schema can say is in config-checks.ts. */
export const configSchema = (catalog: Catalog) =>
  z.strictObject({
    version: z.literal(1),
    organization: name,
    environments: z.record(name, environment),
    people: z.record(name, z.array(z.string().min(1))).default({}),
    operators: z.record(z.string().min(1), operator).default({}),
    policy: policyOverrides.default({}),
    backends: z.record(name, pluginUse(catalog.backends, {})),
    clusters: z.record(name, cluster).default({}),
    notifiers: z.array(pluginUse(catalog.notifiers, { on: z.array(z.enum(OCCASIONS)).min(1) })).default([]),
    defaults: z
      .strictObject({
        backend: z.string().optional(),
        window: window.optional(),
        /** Of one wave, so many consumers restart at a time; a Map runs 40 at most. */
        maxParallelRestarts: z.int().min(1).max(40).default(5),
      })
      .prefault({}),
    network: z
      .strictObject({ allow: z.array(z.string().regex(/^[^/\s]+:\d+$/, 'expected host:port')).default([]) })
      .default({ allow: [] }),
    audit: z.strictObject({ anchor: z.string().min(1).optional() }).default({}),
    secrets: z.record(z.string(), secretSchema(catalog)),
  });

export type RawConfig = z.output<ReturnType<typeof configSchema>>;
type RawSecret = RawConfig['secrets'][string];

/** A plugin as a configuration names it. */
export interface PluginEntry {
  readonly use: string;
  /** For the plugin's own schema. */
  readonly config: unknown;
}

export interface ConsumerEntry {
  readonly name: string;
  readonly propagate: PluginEntry | undefined;
  readonly restart: PluginEntry | undefined;
  readonly wave: number;
  readonly verify: readonly PluginEntry[];
  readonly waived: Waiver | undefined;
}

export interface SecretEntry {
  readonly id: string;
  readonly environment: string;
  readonly type: string;
  readonly classification: Classification;
  readonly owner: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly backend: string;
  readonly path: string;
  /** Logical field name -> the name it has in the backend. Empty for `external`, whose fields are free. */
  readonly fields: Readonly<Record<string, string>>;
  readonly target: unknown;
  readonly consumers: readonly ConsumerEntry[];
  readonly waived: Waiver | undefined;
  readonly grace: number;
  readonly quietDeadline: number;
}

export interface Config {
  readonly organization: string;
  readonly environments: RawConfig['environments'];
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly operators: Readonly<Record<string, { readonly publicKey: string }>>;
  readonly policy: Readonly<Record<Classification, ClassPolicy>>;
  /** Seconds. */
  readonly approvalExpiry: number;
  /** Consumers of one wave that restart at a time. */
  readonly maxParallelRestarts: number;
  readonly backends: Readonly<Record<string, PluginEntry>>;
  readonly clusters: Readonly<Record<string, Cluster>>;
  readonly notifiers: readonly (PluginEntry & { readonly on: readonly string[] })[];
  readonly allow: readonly string[];
  readonly anchor: string | undefined;
  readonly secrets: ReadonlyMap<string, SecretEntry>;
}

/** One entry with everything that was left to defaults filled in. */
export function resolveSecret(
  id: string,
  raw: RawSecret,
  config: RawConfig,
  catalog: Catalog,
  policy: ClassPolicy,
): SecretEntry {
  const [environmentName = '', ...rest] = id.split('/');
  const logical = catalog.secretTypes.find((type) => type.name === raw.type)?.fields ?? [];
  const declared = raw.consumers ?? [];
  return {
    id,
    environment: environmentName,
    type: raw.type,
    classification: raw.classification,
    owner: raw.owner,
    tags: raw.tags,
    backend: raw.backend ?? config.defaults.backend ?? Object.keys(config.backends)[0] ?? '',
    path: raw.path ?? rest.join('/'),
    fields: { ...Object.fromEntries(logical.map((field) => [field, field])), ...raw.fields },
    target: raw.target ?? {},
    consumers: Array.isArray(declared) ? declared.map(resolveConsumer) : [],
    waived: Array.isArray(declared) ? undefined : declared.waived,
    grace: Math.max(raw.grace ?? 0, policy.grace),
    quietDeadline: raw.quietDeadline ?? policy.quietDeadline,
  };
}

type RawConsumer = Extract<NonNullable<RawSecret['consumers']>, readonly unknown[]>[number];

function resolveConsumer({ name: consumer, propagate, restart, verify }: RawConsumer): ConsumerEntry {
  return {
    name: consumer,
    propagate,
    restart,
    wave: restart?.wave ?? 1,
    verify: Array.isArray(verify) ? verify : [],
    waived: Array.isArray(verify) ? undefined : verify.waived,
  };
}

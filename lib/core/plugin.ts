import type { z } from 'zod';
import type { Capability } from './capability.ts';
import type { ClusterRule } from './cluster-rule.ts';
import { RotationError } from './errors.ts';
import type { Overlap } from './overlap.ts';
import type { Permission, Plugin, PluginDeps, SecretTypeClient, SecretTypePlugin } from './ports.ts';
import type { RoleRequest } from './role-request.ts';
import type { Secret } from './secret.ts';

interface PluginSpec<Config extends z.ZodType, Client> {
  readonly name: string;
  readonly summary: string;
  readonly config: Config;
  readonly capabilities?: readonly Capability[];
  readonly requires?: readonly Capability[];
  permissions?(config: z.output<Config>, role: RoleRequest): readonly Permission[];
  clusterRules?(config: z.output<Config>): readonly ClusterRule[];
  create(config: z.output<Config>, deps: PluginDeps): Promise<Client> | Client;
}

/** Turns a typed description into what a registry holds: the configuration is parsed here, once, for every use. */
export function definePlugin<Config extends z.ZodType, Client>(spec: PluginSpec<Config, Client>): Plugin<Client> {
  const parse = parser(spec.name, spec.config);
  return {
    name: spec.name,
    summary: spec.summary,
    config: spec.config,
    capabilities: spec.capabilities ?? [],
    requires: spec.requires ?? [],
    permissions: (config, role) => spec.permissions?.(parse(config), role) ?? [],
    clusterRules: (config) => spec.clusterRules?.(parse(config)) ?? [],
    create: async (config, deps) => spec.create(parse(config), deps),
  };
}

interface SecretTypeSpec<Config extends z.ZodType> extends PluginSpec<Config, SecretTypeClient> {
  readonly flow: SecretTypePlugin['flow'];
  readonly fields: readonly string[];
  readonly issuedBy?: SecretTypePlugin['issuedBy'];
  valueProblem?(value: Secret, config: z.output<Config>): string | undefined;
  readonly adoption?: {
    readonly fields: readonly string[];
    complete(value: Secret, config: z.output<Config>, at: string): Secret | undefined;
  };
  overlap(config: z.output<Config>): Overlap;
  life?(config: z.output<Config>, madeAt: number): number | undefined;
  waits?(config: z.output<Config>): ReturnType<SecretTypePlugin['waits']>;
  templateFields(config: z.output<Config>): Readonly<Record<string, string>>;
  identities(config: z.output<Config>): readonly string[];
}

/** A secret type; its `config` is the schema of an entry's `target`. */
export function defineSecretType<Config extends z.ZodType>(spec: SecretTypeSpec<Config>): SecretTypePlugin {
  const parse = parser(spec.name, spec.config);
  const { adoption } = spec;
  return {
    ...definePlugin(spec),
    flow: spec.flow,
    fields: spec.fields,
    issuedBy: spec.issuedBy,
    valueProblem: (value, config) => spec.valueProblem?.(value, parse(config)),
    adoption: adoption && {
      fields: adoption.fields,
      complete: (value, config, at) => adoption.complete(value, parse(config), at),
    },
    overlap: (config) => spec.overlap(parse(config)),
    life: (config, madeAt) => spec.life?.(parse(config), madeAt),
    waits: (config) => spec.waits?.(parse(config)) ?? {},
    templateFields: (config) => spec.templateFields(parse(config)),
    identities: (config) => spec.identities(parse(config)),
  };
}

/** Reads a plugin's configuration. @throws ConfigInvalid with the path of the bad key */
export function parser<Config extends z.ZodType>(name: string, schema: Config): (config: unknown) => z.output<Config> {
  return (config) => {
    const parsed = schema.safeParse(config);
    if (parsed.success) return parsed.data;
    const detail = parsed.error.issues
      .map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`)
      .join('; ');
    throw new RotationError('ConfigInvalid', { subject: `plugin ${name}`, detail });
  };
}

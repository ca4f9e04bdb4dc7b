import { z } from 'zod';
import type { Catalog } from './catalog.ts';
import type { Config, ConsumerEntry, SecretEntry } from './config.ts';
import { type Problem, problemsOf } from './config-problems.ts';
import { issuerIn } from './issuer-ports.ts';
import type { Overlap } from './overlap.ts';
import { pluginUse } from './plugin-use.ts';
import type { SecretTypePlugin } from './ports.ts';
import { templateProblems } from './template.ts';

/** What is wrong with one entry beyond its shape: names that must exist, combinations that cannot be. */
export function secretProblems(entry: SecretEntry, config: Config, catalog: Catalog): Problem[] {
  const type = catalog.secretTypes.find((candidate) => candidate.name === entry.type);
  const checks =
    type === undefined
      ? []
      : [
          ...targetProblems(entry, type, catalog),
          ...issuerProblems(entry, type, catalog),
          ...consumerProblems(entry, type, catalog),
        ];
  return [...nameProblems(entry, config), ...checks];
}

const at = (entry: SecretEntry, ...rest: (string | number)[]) => ['secrets', entry.id, ...rest];

function nameProblems(entry: SecretEntry, config: Config): Problem[] {
  const environments = Object.keys(config.environments);
  const backends = Object.keys(config.backends);
  return [
    ...(environments.includes(entry.environment)
      ? []
      : [
          {
            path: at(entry),
            message: 'its first part names no environment of this file',
            got: entry.environment,
            expected: environments,
          },
        ]),
    ...(backends.includes(entry.backend)
      ? []
      : [
          {
            path: at(entry, 'backend'),
            message: 'names no backend of this file',
            got: entry.backend,
            expected: backends,
          },
        ]),
  ];
}

/** The issuer that a target names is checked by its own schema. */
function issuerProblems(entry: SecretEntry, { issuedBy }: SecretTypePlugin, catalog: Catalog): Problem[] {
  if (issuedBy === undefined || issuerIn(entry.target) === undefined) return [];
  const schema = z.looseObject({ issuer: pluginUse(catalog[issuedBy], {}) });
  const issues = schema.safeParse(entry.target).error?.issues ?? [];
  return problemsOf(issues, schema, catalog, entry.target).map((problem) => ({
    ...problem,
    path: at(entry, 'target', ...problem.path),
  }));
}

function targetProblems(entry: SecretEntry, type: SecretTypePlugin, catalog: Catalog): Problem[] {
  const parsed = type.config.safeParse(entry.target);
  if (!parsed.success) {
    return problemsOf(parsed.error.issues, type.config, catalog, entry.target).map((problem) => ({
      ...problem,
      path: at(entry, 'target', ...problem.path),
    }));
  }
  const unknown = Object.keys(entry.fields).filter((field) => !type.fields.includes(field));
  const strict = entry.classification === 'CRITICAL' || entry.classification === 'HIGH';
  return [
    ...unknown.map((field) => ({
      path: at(entry, 'fields', field),
      message: `no field of ${type.name}`,
      got: field,
      expected: type.fields,
    })),
    ...(strict ? overlapProblems(entry, type.overlap(entry.target)) : []),
  ];
}

function overlapProblems(entry: SecretEntry, overlap: Overlap): Problem[] {
  const short = overlap.kind !== 'dual' && 'old and new are valid at the same time; this target has one slot';
  const blind = overlap.kind === 'dual' && overlap.indistinct && 'a session shows its version; name two users here';
  const wanted = short || blind;
  return wanted ? [{ path: at(entry, 'target'), message: `${entry.classification} requires that ${wanted}` }] : [];
}

function consumerProblems(entry: SecretEntry, type: SecretTypePlugin, catalog: Catalog): Problem[] {
  const none = entry.consumers.length === 0 && entry.waived === undefined;
  const names = entry.consumers.map((consumer) => consumer.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...(none
      ? [
          {
            path: at(entry, 'consumers'),
            message: 'no consumers: list them, or declare consumers: { waived: { reason, owner, expires } }',
          },
        ]
      : []),
    ...twice.map((name) => ({
      path: at(entry, 'consumers', names.lastIndexOf(name)),
      message: `a consumer named ${name} is there already`,
    })),
    ...entry.consumers.flatMap((consumer, index) => [
      ...templateProblemsOf(entry, consumer, index, type),
      ...requirementProblems(entry, consumer, index, type, catalog),
      ...reportProblems(entry, consumer, index, type, catalog),
    ]),
  ];
}

function templateProblemsOf(
  entry: SecretEntry,
  consumer: ConsumerEntry,
  index: number,
  type: SecretTypePlugin,
): Problem[] {
  if (!type.config.safeParse(entry.target).success) return [];
  const fields = [...type.fields, ...Object.keys(type.templateFields(entry.target)), 'version'];
  const copies = templatesIn(consumer.propagate?.config).map((found) => ({ ...found, fields, at: ['propagate'] }));
  const uses = consumer.verify.flatMap(({ config }, position) =>
    templatesIn(config).map((found) => ({ ...found, fields: type.fields, at: ['verify', position] })),
  );
  return [...copies, ...uses].flatMap(({ at: place, path, template, fields: known }) =>
    templateProblems(template, known).map((message) => ({
      path: at(entry, 'consumers', index, ...place, ...path),
      message,
    })),
  );
}

/** The strings under a propagator's `data` or `template` key, and under a verifier's `send`. */
function templatesIn(config: unknown): { path: string[]; template: string }[] {
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) => {
    if (key === 'template' && typeof value === 'string') return [{ path: [key], template: value }];
    if (!['data', 'send'].includes(key) || typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, template]) =>
      typeof template === 'string' ? [{ path: [key, name], template }] : [],
    );
  });
}

function requirementProblems(
  entry: SecretEntry,
  consumer: ConsumerEntry,
  index: number,
  type: SecretTypePlugin,
  catalog: Catalog,
): Problem[] {
  return consumer.verify.flatMap(({ use }, position) => {
    const needed = catalog.verifiers.find((verifier) => verifier.name === use)?.requires ?? [];
    const lacking = needed.filter((capability) => !type.capabilities.includes(capability));
    return lacking.map((capability) => ({
      path: at(entry, 'consumers', index, 'verify', position),
      message: `${use} needs a secret type with the capability ${capability}, which ${type.name} lacks`,
    }));
  });
}

/** Where no session shows its version, only the consumer itself can tell which one it uses. */
function reportProblems(
  entry: SecretEntry,
  consumer: ConsumerEntry,
  index: number,
  type: SecretTypePlugin,
  catalog: Catalog,
): Problem[] {
  if (!type.config.safeParse(entry.target).success || consumer.waived !== undefined) return [];
  const overlap = type.overlap(entry.target);
  const reporters = catalog.verifiers.filter(({ capabilities }) => capabilities.includes('reports-version'));
  const reports = consumer.verify.some(({ use }) => reporters.some(({ name }) => name === use));
  if (overlap.kind !== 'dual' || !overlap.indistinct || reports) return [];
  const message = `one login with two passwords needs a consumer that reports its version: verify with ${reporters.map(({ name }) => name).join(' or ')}`;
  return [{ path: at(entry, 'consumers', index, 'verify'), message }];
}

import { z } from 'zod';
import { cluster } from './cluster.ts';
import { type Config, environment, waiver } from './config.ts';
import { CLASSIFICATIONS, classification } from './rotation.ts';

/**
 * A configuration with every default filled in, as one JSON text: what travels with a function, so that it needs neither
 * YAML nor the plugins of other types to read it. It was checked when it was written; here its shape is.
 */

const plugin = z.looseObject({ use: z.string(), config: z.unknown() });

const consumer = z
  .object({
    name: z.string(),
    propagate: plugin.optional(),
    restart: plugin.optional(),
    wave: z.int(),
    verify: z.array(plugin),
    waived: waiver.optional(),
  })
  .transform(({ propagate, restart, waived, ...rest }) => ({ ...rest, propagate, restart, waived }));

const secret = z
  .object({
    id: z.string(),
    environment: z.string(),
    type: z.string(),
    classification,
    owner: z.string(),
    tags: z.record(z.string(), z.string()),
    backend: z.string(),
    path: z.string(),
    fields: z.record(z.string(), z.string()),
    target: z.unknown(),
    consumers: z.array(consumer),
    waived: waiver.optional(),
    grace: z.number(),
    quietDeadline: z.number(),
  })
  .transform(({ waived, ...rest }) => ({ ...rest, waived }));

const classPolicy = z
  .object({
    maxAge: z.number().optional(),
    warnAge: z.number(),
    seats: z.array(z.string()),
    overlap: z.enum(['dual', 'any']),
    restart: z.enum(['canary', 'rolling']),
    grace: z.number(),
    quietDeadline: z.number(),
    poll: z.number(),
    records: z.number(),
  })
  .transform(({ maxAge, ...rest }) => ({ ...rest, maxAge }));

const document = z
  .object({
    organization: z.string(),
    environments: z.record(z.string(), environment),
    people: z.record(z.string(), z.array(z.string())),
    operators: z.record(z.string(), z.object({ publicKey: z.string() })),
    policy: z.record(z.enum(CLASSIFICATIONS), classPolicy),
    approvalExpiry: z.number(),
    maxParallelRestarts: z.number(),
    backends: z.record(z.string(), plugin),
    clusters: z.record(z.string(), cluster),
    notifiers: z.array(plugin.extend({ on: z.array(z.string()) })),
    allow: z.array(z.string()),
    anchor: z.string().optional(),
    secrets: z.array(secret),
  })
  .transform(({ anchor, secrets, ...rest }) => ({
    ...rest,
    anchor,
    secrets: new Map(secrets.map((entry) => [entry.id, entry])),
  }));

export function writeConfigDocument(config: Config): string {
  return JSON.stringify({ ...config, secrets: [...config.secrets.values()] });
}

/** @throws ZodError when the text is of another version of Keyturn */
export function readConfigDocument(text: string): Config {
  return document.parse(JSON.parse(text));
}

import { z } from 'zod';
import type { Plugin } from './ports.ts';

/**
 * The schema of one `{ use: <plugin>, ... }`: the keys of `extras` are the core's own, all others the plugin's, which
 * checks them with its own schema, so that an error names the very key.
 */
export function pluginUse<Shape extends z.ZodRawShape>(plugins: readonly Plugin<unknown>[], extras: Shape) {
  const own = z.object(extras);
  const names = plugins.map((plugin) => plugin.name);
  return z
    .looseObject({ use: z.enum(names) })
    .transform((value, ctx) => {
      const { mine, rest } = split(value, Object.keys(extras));
      const core = own.safeParse(mine);
      const plugin = plugins.find((candidate) => candidate.name === value.use);
      const checked = plugin?.config.safeParse(rest);
      const issues = [...(core.error?.issues ?? []), ...(checked?.error?.issues ?? [])];
      for (const issue of issues) {
        const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
        ctx.addIssue({ code: 'custom', path: issue.path, message: issue.message, params: { keys } });
      }
      return core.success && issues.length === 0 ? { use: value.use, config: rest, ...core.data } : z.NEVER;
    })
    .meta({ anyOf: plugins.map((plugin) => withExtras(writtenAs(plugin.config), writtenAs(own))) });
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of what people write where a schema reads, to stand inside a larger one. */
export function writtenAs(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

/** The JSON Schema of a target, whose `issuer` is one of `issuers` where its type has one. */
export function withIssuers(target: JsonSchema, issuers: readonly Plugin<unknown>[] | undefined): JsonSchema {
  if (issuers === undefined) return target;
  if (target.anyOf !== undefined) return { ...target, anyOf: target.anyOf.map((shape) => withIssuers(shape, issuers)) };
  return { ...target, properties: { ...target.properties, issuer: writtenAs(pluginUse(issuers, {})) } };
}

/** The core's own keys beside the plugin's, in each shape that the plugin's configuration may have. */
function withExtras(plugin: JsonSchema, extras: JsonSchema): JsonSchema {
  if (plugin.anyOf !== undefined) return { ...plugin, anyOf: plugin.anyOf.map((shape) => withExtras(shape, extras)) };
  const { properties, required = [] } = plugin;
  return {
    ...plugin,
    properties: { ...properties, ...extras.properties },
    required: [...required, ...(extras.required ?? [])],
  };
}

function split(value: Record<string, unknown>, keys: readonly string[]) {
  const entries = Object.entries(value);
  return {
    mine: Object.fromEntries(entries.filter(([key]) => keys.includes(key))),
    rest: Object.fromEntries(entries.filter(([key]) => !keys.includes(key))),
  };
}

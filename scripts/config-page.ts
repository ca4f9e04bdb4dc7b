import { z } from 'zod';
import type { Plugin } from '../lib/core/ports.ts';
import { builtIn } from '../lib/runtime/catalog.ts';

const schemaNode = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), schemaNode).optional();
  },
  required: z.array(z.string()).optional(),
  get anyOf() {
    return z.array(schemaNode).optional();
  },
  /** The shapes of a configuration, told apart by the constant of one key. */
  get oneOf() {
    return z.array(schemaNode).optional();
  },
});
type SchemaNode = z.infer<typeof schemaNode>;

/** What may be written for one key, in a few words. */
function kindOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.properties !== undefined) return `{ ${Object.keys(node.properties).join(', ')} }`;
  const shapes = node.anyOf ?? node.oneOf;
  if (shapes !== undefined) return shapes.map(kindOf).join(' or ');
  return [node.type ?? 'any'].flat().join(' or ');
}

const nodeOf = (plugin: Plugin<unknown>): SchemaNode =>
  schemaNode.parse(z.toJSONSchema(plugin.config, { io: 'input', unrepresentable: 'any' }));

function rowsOf(node: SchemaNode): string[] {
  const required = node.required ?? [];
  return Object.entries(node.properties ?? {}).map(([key, property]) => {
    const presence = required.includes(key)
      ? 'required'
      : property.default === undefined
        ? 'optional'
        : `default \`${JSON.stringify(property.default)}\``;
    return `| \`${key}\` | ${kindOf(property).replaceAll('|', '\\|')} | ${presence} |`;
  });
}

const section = (plugin: Plugin<unknown>) => `### ${plugin.name}
${plugin.summary}.${plugin.requires.length > 0 ? ` Needs a secret type that can: ${plugin.requires.join(', ')}.` : ''}

${(nodeOf(plugin).oneOf ?? [nodeOf(plugin)]).map(table).join('\n')}`;

const table = (node: SchemaNode) => `| key | value | |
|---|---|---|
${rowsOf(node).join('\n')}
`;

const ROOMS: readonly (readonly [title: string, where: string, plugins: readonly Plugin<unknown>[]])[] = [
  ['Secret types', '`type: <name>`; these are the keys of `target:`', builtIn.secretTypes],
  ['Issuers', 'the `issuer:` of a target', [...builtIn.issuers, ...builtIn.certificateIssuers]],
  ['Backends', 'below `backends:`', builtIn.backends],
  ['Propagators', "a consumer's `propagate:`", builtIn.propagators],
  ['Restarters', "a consumer's `restart:`, which also takes `wave: 1..99`", builtIn.restarters],
  ['Verifiers', "items of a consumer's `verify:`", builtIn.verifiers],
  [
    'Notifiers',
    'items of `notifiers:`, which also take `on: [started, approval, committed, failed, quarantined, emergency]`',
    builtIn.notifiers,
  ],
];

/** docs/configuration.md: the text below, and a table of each plugin's keys from its own schema. */
export function configPage(): string {
  const rooms = ROOMS.map(
    ([title, where, plugins]) => `## ${title}\nWritten as ${where}.\n\n${plugins.map(section).join('\n')}`,
  );
  return `# Configuration: keyturn.yaml

Strict: an unknown key, a missing reference or an impossible combination is an error with its path, its line and the nearest valid
name; \`keyturn validate\` tells all at once, \`keyturn schema\` exports the JSON Schema. The tables of the plugins are written by
\`npm run docs:config\` from their own schemas; a test holds them equal.

| key | holds |
|---|---|
| \`version\` | \`1\` |
| \`organization\` | a name |
| \`environments\` | \`<name>: { aws: { account, region }, pci }\`; the first part of every secret's id is one of them |
| \`operators\` | \`<name>: { publicKey }\`: who may vote and ask in their own name on this machine (\`keyturn init --operator\`) |
| \`people\` | role -> names. CRITICAL asks for \`ciso\` and two others, HIGH for \`security\` and \`manager\`, MEDIUM for \`team-lead\` |
| \`policy\` | per class \`{ maxAge, grace, quietDeadline, poll, seats, relax }\` and \`approvalExpiry\`; laxer than the table only with \`relax: "<reason>"\`. Durations are \`90s\`, \`10m\`, \`24h\`, \`90d\` |
| \`backends\` | \`<name>: { use: <backend>, ... }\` |
| \`clusters\` | \`<name>: { kubeconfig: <file>, context }\`: Kubernetes clusters, see [kubernetes.md](kubernetes.md) |
| \`defaults\` | \`{ backend, window, maxParallelRestarts }\`: of one wave so many consumers restart at a time, 5 when absent |
| \`network\` | \`{ allow: ["host:port"] }\`: names that may resolve to loopback or link-local addresses |
| \`audit\` | \`{ anchor: <file> }\`: where the signed head of the audit chain is copied after each rotation |
| \`notifiers\` | \`[{ use: <notifier>, on: [...], ... }]\` |
| \`secrets\` | \`<environment>/<area>/<name>: ...\` |

A secret has \`type\`, \`classification\`, \`owner\`, and may have \`description\`, \`tags\`, \`backend\`, \`path\` (else the id without its
environment), \`fields\` (logical name -> name in the backend), \`target\`, \`consumers\`, \`grace\`, \`quietDeadline\`, \`window\`. Type
\`external\` is a value made elsewhere (an admin login, a webhook URL): it has an owner and an age, and no rotation of its own. Another
entry refers to it as \`{ secret: <id> }\`, and it is read through its backend at the moment of use.

A consumer has \`name\`, \`propagate\`, \`restart\`, \`verify\`. What cannot be verified is declared: \`verify: { waived: { reason, owner,
expires } }\`; a secret without consumers likewise: \`consumers: { waived: { reason, owner, expires } }\`.

\`{field}\` and \`{field:url|base64|json|shell}\` are the only template syntax.

${rooms.join('\n')}`;
}

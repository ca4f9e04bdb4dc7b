import type { Json, JsonObject } from '../../../lib/asl/json.ts';
import type { Draw } from './draw.ts';
import { expression, failing, marked } from './expressions.ts';
import { KINDS, type Kind, type Scope } from './scope.ts';

/** How daring the expressions of a state may be: whether they may fail. */
export type Risk = 'none' | 'some';

const CONSTANTS: Readonly<Record<Kind, Json>> = { n: 12, s: 'plain {%', b: true, l: [4, 4] };

/** A field of one kind: an expression, or now and then a constant, or one that fails. */
export function field(draw: Draw, scope: Scope, kind: Kind, risk: Risk): Json {
  if (risk === 'some' && draw.once(60)) return marked(failing(draw, true));
  if (draw.once(8)) return CONSTANTS[kind];
  if (kind === 'l' && draw.once(5)) return [1, ...draw.many(1, 2, () => marked(expression(draw, scope, 'n', 2)))];
  return marked(expression(draw, scope, kind));
}

/** What gives the record that the next state expects: an object of fields, or one expression. */
export function recordTemplate(draw: Draw, scope: Scope, risk: Risk): Json {
  if (draw.once(5)) {
    const fields = KINDS.map((kind) => `"${kind}": ${expression(draw, scope, kind, 2)}`);
    return marked(`{${fields.join(', ')}}`);
  }
  return fieldsTemplate(draw, scope, risk);
}

/** The same, always as an object of fields. */
export function fieldsTemplate(draw: Draw, scope: Scope, risk: Risk): Json {
  const fields: Record<string, Json> = {};
  for (const kind of KINDS) fields[kind] = field(draw, scope, kind, risk);
  if (draw.once(4)) fields.o = { deep: [marked(expression(draw, scope, 's', 2)), null] };
  return fields;
}

/** Values for variables; each keeps its kind, which its name begins with. */
export function assignment(draw: Draw, scope: Scope, names: readonly string[], risk: Risk): JsonObject {
  const entries = names.map((name) => {
    const kind = KINDS.find((it) => name.startsWith(it)) ?? 'n';
    return [name, field(draw, scope, kind, risk)] as const;
  });
  return Object.fromEntries(entries);
}

import type { Json, JsonObject } from '../../../lib/asl/json.ts';
import type { Draw } from './draw.ts';
import type { BlockOptions, Place } from './place.ts';
import { CONTEXT, INPUT, join, KINDS, type Scope } from './scope.ts';
import { STATES } from './states.ts';
import { assignment, type Risk, recordTemplate } from './templates.ts';

/** `StartAt` and `States` of a machine, branch or item processor; each state hands a record to the next. */
export function block({ draw, machine, risk, depth, around, isTop }: BlockOptions): JsonObject {
  const variables = draw.once(3) ? [] : machine.newVariables();
  const names = draw.many(3, isTop ? 7 : 4, () => machine.newName());
  const outer = join(INPUT, around, CONTEXT);
  const scope = join(outer, ofVariables(variables));
  const end = isTop && draw.once(2) ? names.at(-1) : undefined;
  const states: Record<string, Json> = {};
  for (const [at, name] of names.entries()) {
    const later = names.slice(at + 1);
    const place = { draw, risk, depth, scope, variables, later, plainEnd: end, machine, block };
    if (at === 0) states[name] = opening(draw, outer, variables, risk, names[1] ?? name);
    else if (later.length === 0) states[name] = ending(place, name === end);
    else {
      const { state, others } = draw.pick(STATES[depth > 0 ? 'nesting' : 'flat'])(place, name);
      Object.assign(states, { [name]: state }, others);
    }
  }
  return { StartAt: names[0] ?? '', States: states };
}

/** Gives the variables of the block their first values. */
function opening(draw: Draw, scope: Scope, variables: readonly string[], risk: Risk, Next: string): JsonObject {
  const Assign = variables.length > 0 && { Assign: assignment(draw, scope, variables, risk) };
  return { Type: 'Pass', ...Assign, ...(draw.once(2) && { Output: recordTemplate(draw, scope, risk) }), Next };
}

function ending({ draw, scope, risk }: Place, plain: boolean): JsonObject {
  const Output = !plain && draw.once(2) && { Output: recordTemplate(draw, scope, risk) };
  return draw.once(2) ? { Type: 'Succeed', ...Output } : { Type: 'Pass', ...Output, End: true };
}

const ofVariables = (names: readonly string[]): Scope => {
  const [n, s, b, l] = KINDS.map((kind) => names.filter((it) => it.startsWith(kind)).map((it) => `$${it}`));
  return { n: n ?? [], s: s ?? [], b: b ?? [], l: l ?? [] };
};

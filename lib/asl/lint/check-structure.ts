import { isStateType } from './fields.ts';
import type { Problem } from './finding.ts';
import { isObject, objectOf, objectsOf } from './json.ts';
import type { Machine, Scope, StateNode } from './machine.ts';

/** A transition that a state may make. */
export interface Transition {
  readonly field: string;
  readonly target: string;
}

/** Every transition of a state: Next, Default, those of its choices and of its catchers. */
export function transitionsOf(body: object): Transition[] {
  const state = objectOf(body);
  const nested = ['Choices', 'Catch'].flatMap((field) =>
    objectsOf(state[field]).map(([index, entry]) => ({ field: `${field}[${index}].Next`, target: entry.Next })),
  );
  const own = ['Next', 'Default'].map((field) => ({ field, target: state[field] }));
  return [...own, ...nested].filter((edge): edge is Transition => typeof edge.target === 'string');
}

const isTerminal = ({ type, body }: StateNode): boolean => type === 'Succeed' || type === 'Fail' || body.End === true;

function reachableFrom(start: unknown, states: ReadonlyMap<string, StateNode>): ReadonlySet<string> {
  const reached = new Set<string>(typeof start === 'string' && states.has(start) ? [start] : []);
  for (const name of reached) {
    for (const { target } of transitionsOf(states.get(name)?.body ?? {})) if (states.has(target)) reached.add(target);
  }
  return reached;
}

function danglingIn({ path, body }: Scope, states: ReadonlyMap<string, StateNode>): Problem[] {
  const start = body.StartAt;
  const edges = [...states.values()].flatMap((node) =>
    transitionsOf(node.body).map((edge) => ({ path: node.path, ...edge })),
  );
  if (typeof start === 'string') edges.unshift({ path, field: 'StartAt', target: start });
  return edges
    .filter(({ target }) => !states.has(target))
    .map(({ target, ...at }) => ({ ...at, rule: 'dangling-transition', message: `there is no state ${target} here` }));
}

/** Nothing is reached when StartAt is wrong, which is a finding of its own. */
function unreachableIn({ body }: Scope, states: ReadonlyMap<string, StateNode>): Problem[] {
  const reached = reachableFrom(body.StartAt, states);
  if (reached.size === 0) return [];
  return [...states.values()]
    .filter(({ name }) => !reached.has(name))
    .map(({ path, name }) => ({ rule: 'unreachable-state', path, message: `no transition leads to ${name}` }));
}

/** AWS asks for a terminal state at the top only, and says nothing of unreachable ones as long as there is none. */
function graphOf(scope: Scope, machine: Machine): Problem[] {
  const states = new Map(machine.states.filter((node) => node.scope === scope).map((node) => [node.name, node]));
  const dangling = danglingIn(scope, states);
  if ([...states.values()].some(isTerminal)) return [...dangling, ...unreachableIn(scope, states)];
  const rule = scope.kind === 'machine' ? 'missing-terminal-state' : 'endless-branch';
  return [...dangling, { rule, path: scope.path, field: 'States', message: 'no state here ends' }];
}

function nameOf({ name, path }: StateNode): Problem[] {
  const length = [...name].length;
  const message = `the name has ${length} characters`;
  return length >= 1 && length <= 80 ? [] : [{ rule: 'state-name', path, message }];
}

function duplicatesIn({ states }: Machine): Problem[] {
  const firsts = new Map<string, string>();
  return states.flatMap(({ name, path }): Problem[] => {
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, path);
    return first === undefined
      ? []
      : [{ rule: 'duplicate-state-name', path, message: `${first} has the name as well` }];
  });
}

const NEITHER: ReadonlySet<string> = new Set(['Choice', 'Succeed', 'Fail']);

function endOf({ type, body, path }: StateNode): Problem[] {
  if (!isStateType(type) || NEITHER.has(type)) return [];
  const ways = [...('Next' in body ? ['Next'] : []), ...(body.End === true ? ['End'] : [])];
  if (ways.length === 1) return [];
  const message = ways.length === 0 ? 'the state neither goes on nor ends' : 'the state both goes on and ends';
  return [{ rule: 'next-or-end', path, message }];
}

const typeOf = ({ type, body, path }: StateNode): Problem[] =>
  isStateType(type) || typeof body.Type !== 'string'
    ? []
    : [{ rule: 'unknown-state-type', path, field: 'Type', message: `there is no state of type ${type}` }];

/** Names, types, and the graph of transitions. */
export function checkStructure(machine: Machine): Problem[] {
  return [
    ...machine.states.flatMap((node) => [...nameOf(node), ...typeOf(node), ...endOf(node)]),
    ...duplicatesIn(machine),
    ...machine.scopes.filter(({ body }) => isObject(body.States)).flatMap((scope) => graphOf(scope, machine)),
  ];
}

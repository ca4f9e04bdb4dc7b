import type { Problem } from './finding.ts';
import { objectOf, objectsOf } from './json.ts';
import type { Machine, Scope, StateNode } from './machine.ts';

const NAME = /^\p{ID_Start}\p{ID_Continue}{0,79}$/u;

/** One name in an `Assign`. */
interface Assignment {
  readonly name: string;
  readonly field: string;
}

/** For each scope, the names that it or a scope around it assigns in any state. */
export type VisibleVariables = ReadonlyMap<Scope, ReadonlySet<string>>;

const namesIn = (assign: unknown, field: string): Assignment[] =>
  Object.keys(objectOf(assign)).map((name) => ({ name, field: `${field}.${name}` }));

/** The variables that a state assigns, in its own Assign and in those of its choices and catchers. */
function assignmentsOf({ body }: StateNode): Assignment[] {
  const nested = ['Choices', 'Catch'].flatMap((field) =>
    objectsOf(body[field]).flatMap(([index, entry]) => namesIn(entry.Assign, `${field}[${index}].Assign`)),
  );
  return [...namesIn(body.Assign, 'Assign'), ...nested];
}

/** Which variables can be read where. The order of states is not looked at: loops make it undecidable. */
export function visibleVariables({ scopes, states }: Machine): VisibleVariables {
  const visible = new Map<Scope, Set<string>>();
  for (const scope of scopes) {
    const inherited = (scope.parent && visible.get(scope.parent)) ?? [];
    const own = states.filter((node) => node.scope === scope).flatMap(assignmentsOf);
    visible.set(scope, new Set([...inherited, ...own.map(({ name }) => name)]));
  }
  return visible;
}

/** The names of variables, and whose they are: AWS refuses an inner scope that assigns a name of an outer one. */
export function checkVariables(machine: Machine): Problem[] {
  const visible = visibleVariables(machine);
  return machine.states
    .filter(({ jsonata }) => jsonata)
    .flatMap((node) => {
      const outer = node.scope.parent && visible.get(node.scope.parent);
      return assignmentsOf(node).flatMap(({ name, field }): Problem[] => {
        const at = { path: node.path, field };
        if (!NAME.test(name) || name === 'states') {
          return [{ ...at, rule: 'variable-name', message: `${JSON.stringify(name)} is not a name for a variable` }];
        }
        return outer?.has(name)
          ? [{ ...at, rule: 'outer-variable', message: `${name} is assigned in an outer scope` }]
          : [];
      });
    });
}

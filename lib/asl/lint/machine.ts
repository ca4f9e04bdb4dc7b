import { isObject, type JsonObject, objectOf, objectsOf } from './json.ts';

/** A set of states that transition among themselves: the machine, a Map's processor, or a Parallel's branch. */
export interface Scope {
  readonly kind: 'machine' | 'processor' | 'branch';
  /** Path of the object that holds `States`; `''` for the machine. */
  readonly path: string;
  readonly body: JsonObject;
  /** The scope whose variables can be read here. */
  readonly parent: Scope | undefined;
  /** The Map or Parallel that holds it. */
  readonly owner: StateNode | undefined;
}

/** One state and where it is. */
export interface StateNode {
  /** e.g. `States.Fan.ItemProcessor.States.Put` */
  readonly path: string;
  readonly name: string;
  readonly type: string;
  readonly body: JsonObject;
  readonly scope: Scope;
  /** Whether the state's fields are JSONata: by its own QueryLanguage, else by the machine's. */
  readonly jsonata: boolean;
}

/** A definition, flattened. */
export interface Machine {
  readonly root: Scope;
  /** Whether `QueryLanguage` at the top is anything but JSONPath, the default. */
  readonly jsonata: boolean;
  readonly scopes: readonly Scope[];
  readonly states: readonly StateNode[];
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** AWS reads any value but `JSONPath` as JSONata, and refuses a misspelt one besides. */
const isJsonata = (body: JsonObject, inherited: boolean): boolean =>
  'QueryLanguage' in body ? body.QueryLanguage !== 'JSONPath' : inherited;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function innerScopes(node: StateNode): Scope[] {
  const processor = node.body.ItemProcessor;
  const inner: Scope[] = objectsOf(node.body.Branches).map(([index, body]) => ({
    kind: 'branch',
    path: join(node.path, `Branches[${index}]`),
    body,
    parent: node.scope,
    owner: node,
  }));
  if (isObject(processor)) {
    const path = join(node.path, 'ItemProcessor');
    inner.push({ kind: 'processor', path, body: processor, parent: node.scope, owner: node });
  }
  return inner;
}

/** Reads a definition into its scopes and states, outer ones first; what is not an object is left to the rules. */
export function readMachine(definition: JsonObject): Machine {
  const root: Scope = { kind: 'machine', path: '', body: definition, parent: undefined, owner: undefined };
  const jsonata = isJsonata(definition, false);
  const scopes: Scope[] = [root];
  const states: StateNode[] = [];
  for (const scope of scopes) {
    for (const [name, state] of Object.entries(objectOf(scope.body.States))) {
      const body = objectOf(state);
      const path = join(join(scope.path, 'States'), name);
      const node = { path, name, type: textOf(body.Type), body, scope, jsonata: isJsonata(body, jsonata) };
      states.push(node);
      scopes.push(...innerScopes(node));
    }
  }
  return { root, jsonata, scopes, states };
}

import type jsonata from 'jsonata';
import { isObject } from './json.ts';

/** What an expression refers to. JSONata has no computed names once `$eval` is gone, so this is all of it. */
export interface References {
  /** Names after `$`, without `states`. */
  readonly variables: ReadonlySet<string>;
  /** Fields that are read from `$states`; `all` when it is used as a whole. */
  readonly states: ReadonlySet<string> | 'all';
}

/** Reads the variables and the fields of `$states` from a syntax tree. */
export function readReferences(ast: jsonata.ExprNode): References {
  const variables = new Set<string>();
  const fields = new Set<string>();
  let whole = false;

  const visitPath = (steps: readonly unknown[]): void => {
    const field = steps[1];
    if (isStates(steps[0]) && isPlainName(field)) fields.add(field.value);
    else visit(steps[0]);
    for (const step of steps.slice(1)) visit(step);
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) visit(item);
    if (!isObject(node)) return;
    if (isStates(node)) whole = true;
    else if (node.type === 'variable' && typeof node.value === 'string') variables.add(node.value);
    for (const [key, child] of Object.entries(node)) {
      if (key === 'steps' && Array.isArray(child)) visitPath(child);
      else visit(child);
    }
  };
  visit(ast);
  return { variables, states: whole ? 'all' : fields };
}

const isStates = (node: unknown): boolean => isObject(node) && node.type === 'variable' && node.value === 'states';

const isPlainName = (node: unknown): node is { readonly value: string } =>
  isObject(node) && node.type === 'name' && typeof node.value === 'string';

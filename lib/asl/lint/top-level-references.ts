import { arrayOf, isObject, type JsonObject } from './json.ts';

/** Which children of a node are evaluated against the same context as the node; of the others AWS asks nothing. */
const SAME_CONTEXT: Readonly<Record<string, (node: JsonObject) => readonly unknown[]>> = {
  path: (node) => arrayOf(node.steps).slice(0, 1),
  unary: (node) => [node.expression, node.expressions, node.lhs],
  binary: (node) => [node.lhs, node.rhs],
  apply: (node) => [node.lhs, node.rhs],
  bind: (node) => [node.rhs],
  function: (node) => [node.procedure, node.arguments],
  partial: (node) => [node.procedure, node.arguments],
  lambda: (node) => [node.body],
  condition: (node) => [node.condition, node.then, node.else],
  block: (node) => [node.expressions],
};

const CONTEXT_VARIABLES: ReadonlyMap<unknown, string> = new Map([
  ['', '$'],
  ['$', '$$'],
]);

function* collect(node: unknown): Generator<string> {
  if (Array.isArray(node)) for (const element of node) yield* collect(element);
  if (!isObject(node) || typeof node.type !== 'string') return;
  if (node.type === 'name') yield String(node.value);
  const context = node.type === 'variable' ? CONTEXT_VARIABLES.get(node.value) : undefined;
  if (context !== undefined) yield context;
  yield* collect(SAME_CONTEXT[node.type]?.(node) ?? []);
}

/**
 * What an expression reads from a context item, which the States Language does not give it: bare names, `$` and `$$`,
 * each once, in the order written. Names inside a later step, a predicate, a sort or a grouping are read from the value
 * before them and are fine; the body of a function keeps the context of the expression. AWS refuses the definition.
 */
export const topLevelReferencesOf = (ast: unknown): readonly string[] => [...new Set(collect(ast))];

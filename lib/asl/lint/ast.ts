import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts';

/** Whether `node` is of the type and has the value, as the nodes of JSONata's syntax tree have. */
const is = (node: unknown, type: string, value?: unknown): node is JsonObject =>
  isObject(node) && node.type === type && (value === undefined || node.value === value);

/** All nodes of a syntax tree, parents first. */
function* nodesOf(ast: unknown): Generator<JsonObject> {
  if (Array.isArray(ast)) for (const element of ast) yield* nodesOf(element);
  if (!isObject(ast)) return;
  if (typeof ast.type === 'string') yield ast;
  for (const child of Object.values(ast)) yield* nodesOf(child);
}

const namesOf = (nodes: Iterable<JsonObject>, type: string): string[] =>
  [...nodes].filter((node) => is(node, type)).map((node) => String(node.value));

/** Names of the variables that an expression reads, without `$`; `''` is `$`, `$` is `$$`. */
export const variablesOf = (ast: unknown): ReadonlySet<string> => new Set(namesOf(nodesOf(ast), 'variable'));

function* bindingsOf(node: JsonObject): Generator<unknown> {
  if (is(node, 'bind')) yield objectOf(node.lhs).value;
  if (is(node, 'lambda')) for (const argument of arrayOf(node.arguments)) yield objectOf(argument).value;
  yield node.focus;
  yield node.index;
}

/** Names that an expression binds itself: `:=`, parameters of functions, `@` and `#`. */
export const boundIn = (ast: unknown): ReadonlySet<string> =>
  new Set([...nodesOf(ast)].flatMap((node) => [...bindingsOf(node)]).filter((name) => typeof name === 'string'));

/** Paths read from `$states`, as far as they are names: of `$states.input.x[0].y`, `['input', 'x', 'y']`. */
export function statesPathsOf(ast: unknown): readonly (readonly string[])[] {
  const paths = [...nodesOf(ast)].filter((node) => is(node, 'path')).map((node) => arrayOf(node.steps));
  return paths
    .filter(([first]) => is(first, 'variable', 'states'))
    .map(([, ...rest]) => rest.map((step) => (is(step, 'name') ? String(step.value) : '')));
}

/** Fields read from `$states`: of `$states.input.x`, `input`. */
export const statesFieldsOf = (ast: unknown): ReadonlySet<string> =>
  new Set(statesPathsOf(ast).flatMap(([field]) => (field ? [field] : [])));

/**
 * The operators of `source` that JSONata 2.0.6 has not: `??` and `?:`. Both become a conditional whose position is the
 * end of the operator; that of an ordinary one is the end of its `?`.
 */
export const newerOperatorsOf = (ast: unknown, source: string): string[] =>
  [...nodesOf(ast)]
    .filter((node) => is(node, 'condition') && typeof node.position === 'number')
    .map((node) => source.slice(Number(node.position) - 2, Number(node.position)))
    .filter((operator) => operator === '??' || operator === '?:');

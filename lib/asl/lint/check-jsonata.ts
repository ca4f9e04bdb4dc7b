import { boundIn, newerOperatorsOf, statesFieldsOf, variablesOf } from './ast.ts';
import type { RuleName } from './catalogue.ts';
import { visibleVariables } from './check-variables.ts';
import { type Expression, expressionsOf, isHalfDelimited, parse, sourceOf } from './expressions.ts';
import type { Problem } from './finding.ts';
import { FUNCTIONS } from './functions.ts';
import type { Machine } from './machine.ts';
import { topLevelReferencesOf } from './top-level-references.ts';

/** What is wrong with one expression. */
type Complaint = readonly [rule: RuleName, message: string];

const CONTEXT_REFERENCES: readonly string[] = ['$', '$$'];

function* references(ast: unknown): Generator<Complaint> {
  for (const name of topLevelReferencesOf(ast)) {
    if (CONTEXT_REFERENCES.includes(name))
      yield ['context-reference', `${name} refers to a context, and there is none`];
    else yield ['bare-reference', `${name} refers to a field of a context, and there is none`];
  }
}

const STATES_FIELDS: ReadonlyMap<string, RuleName | undefined> = new Map<string, RuleName | undefined>([
  ['input', undefined],
  ['context', undefined],
  ['result', 'result-not-available'],
  ['errorOutput', 'error-output-outside-catch'],
]);

function* statesFields(ast: unknown, { offers }: Expression): Generator<Complaint> {
  for (const field of statesFieldsOf(ast)) {
    const rule = STATES_FIELDS.has(field) ? STATES_FIELDS.get(field) : 'unknown-states-field';
    if (rule && field !== offers) yield [rule, `$states.${field} does not exist here`];
  }
}

const ALWAYS_KNOWN = [...FUNCTIONS, 'states', ...['', '$']];

function* variables(ast: unknown, visible: ReadonlySet<string>): Generator<Complaint> {
  const known = new Set([...visible, ...boundIn(ast), ...ALWAYS_KNOWN]);
  for (const name of variablesOf(ast)) {
    if (known.has(name)) continue;
    if (name === 'eval') yield ['jsonata-eval', '$eval does not exist here'];
    else yield ['undefined-variable', `$${name} is assigned nowhere in this scope or an outer one`];
  }
}

function* newerSyntax(ast: unknown, source: string): Generator<Complaint> {
  for (const operator of newerOperatorsOf(ast, source)) {
    yield ['jsonata-newer-syntax', `the operator ${operator} came after JSONata 2.0.6`];
  }
}

function complaintsOf(expression: Expression, visible: ReadonlySet<string>): readonly Complaint[] {
  const { text } = expression;
  if (isHalfDelimited(text)) return [['jsonata-delimiters', `${JSON.stringify(text)} has one delimiter of the two`]];
  const parsed = parse(text);
  if ('problem' in parsed) return [['jsonata-syntax', parsed.problem]];
  const { ast } = parsed;
  return [
    ...newerSyntax(ast, sourceOf(text)),
    ...references(ast),
    ...statesFields(ast, expression),
    ...variables(ast, visible),
  ];
}

/** The expressions of the states: delimiters, syntax, and what they refer to. */
export function checkJsonata(machine: Machine): Problem[] {
  const visible = visibleVariables(machine);
  return machine.states.flatMap(expressionsOf).flatMap((expression) => {
    const { node, field } = expression;
    return complaintsOf(expression, visible.get(node.scope) ?? new Set()).map(([rule, message]) => ({
      ...{ rule, message, field },
      path: node.path,
    }));
  });
}

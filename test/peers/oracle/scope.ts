/** What kind of value an expression gives: number, string, boolean, list of numbers. */
export type Kind = 'n' | 's' | 'b' | 'l';

export const KINDS: readonly Kind[] = ['n', 's', 'b', 'l'];

/** Expressions for the values at hand, by kind. */
export type Scope = Readonly<Record<Kind, readonly string[]>>;

/** The data that flows from state to state: an object with one field for each kind. */
export const record = (path: string): Scope => ({
  n: [`${path}.n`],
  s: [`${path}.s`],
  b: [`${path}.b`],
  l: [`${path}.l`],
});

export const INPUT = record('$states.input');

/** The context object, as far as both engines have the same in it. */
export const CONTEXT: Scope = {
  n: ['$states.context.Execution.Input.n'],
  s: ['$states.context.State.Name', '$states.context.Execution.Name', '$states.context.StateMachine.Name'],
  b: ['$states.context.Execution.Input.b'],
  l: ['$states.context.Execution.Input.l'],
};

export const join = (...scopes: readonly Scope[]): Scope => ({
  n: scopes.flatMap(({ n }) => n),
  s: scopes.flatMap(({ s }) => s),
  b: scopes.flatMap(({ b }) => b),
  l: scopes.flatMap(({ l }) => l),
});

export const filter = ({ n, s, b, l }: Scope, keep: (text: string) => boolean): Scope => ({
  n: n.filter(keep),
  s: s.filter(keep),
  b: b.filter(keep),
  l: l.filter(keep),
});

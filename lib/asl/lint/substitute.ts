import { isObject } from './json.ts';

/** Values for the `${Name}` placeholders of a definition. */
export type Substitutions = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

const PLACEHOLDER = /\$\{([^}]+)\}/g;

/** The commercial partition stands for `${Partition}` when no value is given, as its ARNs are the usual ones. */
const DEFAULTS = new Map([['Partition', 'aws']]);

const isMap = (substitutions: Substitutions): substitutions is ReadonlyMap<string, string> =>
  substitutions instanceof Map;

const entriesOf = (substitutions: Substitutions): Iterable<readonly [string, string]> =>
  isMap(substitutions) ? substitutions : Object.entries(substitutions);

/**
 * A deep copy of `definition` with each `${Name}` in a string replaced, in the way of CDK's `definitionSubstitutions`.
 * A placeholder without a value stays as it is.
 */
export function substitute(definition: unknown, substitutions: Substitutions = {}): unknown {
  const values = new Map([...DEFAULTS, ...entriesOf(substitutions)]);
  const fill = (text: string): string => text.replace(PLACEHOLDER, (all, name: string) => values.get(name) ?? all);
  const copy = (value: unknown): unknown => {
    if (typeof value === 'string') return fill(value);
    if (Array.isArray(value)) return value.map(copy);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [fill(key), copy(field)]));
  };
  return copy(definition);
}

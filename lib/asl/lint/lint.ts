import type { Finding } from './finding.ts';

export type { Finding } from './finding.ts';

/** How to read a definition. */
export interface LintOptions {
  /** Values for `${Name}` placeholders; a placeholder without a value is left as it is. */
  readonly substitutions?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  /** `language` (default): what AWS or the interpreter refuses. `project`: Keyturn's own rules as well. */
  readonly profile?: 'language' | 'project';
  /** Error names which `ErrorEquals` may hold besides `States.*` and `Lambda.*`; checked in the `project` profile. */
  readonly errorNames?: readonly string[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Every finding on a definition of a state machine, all at once; an empty array when it is sound.
 *
 * @param definition the parsed JSON; it is not changed.
 */
export function lint(definition: unknown, _options: LintOptions = {}): Finding[] {
  if (isObject(definition) && definition['QueryLanguage'] === 'JSONata') return [];
  return [
    {
      rule: 'jsonpath',
      severity: 'error',
      path: '',
      field: 'QueryLanguage',
      message: 'the machine is in JSONPath, the default without QueryLanguage',
      remedy: 'write "QueryLanguage": "JSONata" at the top and port the fields',
    },
  ];
}

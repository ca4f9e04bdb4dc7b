import type { Problem } from './finding.ts';
import type { Machine } from './machine.ts';

const LANGUAGES: readonly unknown[] = ['JSONata', 'JSONPath'];

function languageOf(body: object, path: string): Problem[] {
  const language: unknown = 'QueryLanguage' in body ? body.QueryLanguage : undefined;
  if (language === undefined || LANGUAGES.includes(language)) return [];
  const message = `${JSON.stringify(language)} is not a query language`;
  return [{ rule: 'query-language', path, field: 'QueryLanguage', message }];
}

/** The query language: JSONata for the whole machine, said at the top. */
export function checkLanguage({ root, jsonata, states }: Machine): Problem[] {
  const field = 'QueryLanguage';
  const top: Problem = { rule: 'jsonpath', path: '', field, message: 'the machine is in JSONPath, the default' };
  const reverted = states.filter(({ body }) => jsonata && body[field] === 'JSONPath');
  return [
    ...(jsonata ? [] : [top]),
    ...reverted.map(({ path }): Problem => ({ rule: 'jsonpath', path, field, message: 'the state is in JSONPath' })),
    ...languageOf(root.body, ''),
    ...states.flatMap(({ body, path }) => languageOf(body, path)),
  ];
}

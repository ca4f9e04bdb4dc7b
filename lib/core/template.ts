import { RotationError } from './errors.ts';

/** The only template syntax: `{field}` or `{field:url|base64|json|shell}`. */
const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_.-]*)(?::([a-z0-9]+))?\}/g;

const ENCODERS = {
  url: (value) =>
    encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
  base64: (value) => Buffer.from(value, 'utf8').toString('base64'),
  json: (value) => JSON.stringify(value).slice(1, -1),
  shell: (value) => `'${value.replaceAll("'", `'\\''`)}'`,
} satisfies Record<string, (value: string) => string>;

type Encoder = keyof typeof ENCODERS;

const isEncoder = (name: string): name is Encoder => Object.hasOwn(ENCODERS, name);

/** What is wrong with a template, one line each; empty when every placeholder names a field and an encoder. */
export function templateProblems(template: string, fields: readonly string[]): string[] {
  return [...template.matchAll(PLACEHOLDER)].flatMap(([text, field = '', encoder]) => {
    const problems: string[] = [];
    if (!fields.includes(field)) problems.push(`${text} names no field; there are ${fields.join(', ')}`);
    if (encoder !== undefined && !isEncoder(encoder)) {
      problems.push(`${text} names no encoder; there are ${Object.keys(ENCODERS).join(', ')}`);
    }
    return problems;
  });
}

/** Fills a template. @throws ConfigInvalid for a placeholder that names no field or encoder */
export function renderTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(PLACEHOLDER, (text, field: string, encoder: string | undefined) => {
    const value = Object.hasOwn(values, field) ? values[field] : undefined;
    if (value === undefined || (encoder !== undefined && !isEncoder(encoder))) {
      throw new RotationError('ConfigInvalid', { subject: `template placeholder ${text}` });
    }
    return encoder === undefined ? value : ENCODERS[encoder](value);
  });
}

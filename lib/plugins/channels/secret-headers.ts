import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { secretReference } from '../../core/references.ts';
import { renderTemplate } from '../../core/template.ts';

const secretHeader = z.strictObject({
  /** Its template, of the fields of the secret that it refers to, e.g. `Bearer {token}`. */
  value: z.string().min(1),
  from: secretReference,
});

/** Headers that carry a credential, which is read at the moment of use. */
export const secretHeaders = z
  .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header'), secretHeader)
  .default({});

interface Headers {
  readonly headers: Readonly<Record<string, string>>;
  readonly secretHeaders: z.output<typeof secretHeaders>;
}

/** @throws ReferenceMissing, ConfigInvalid */
export async function filledHeaders(
  { headers, secretHeaders: secret }: Headers,
  { credential }: Pick<PluginDeps, 'credential'>,
): Promise<Record<string, string>> {
  const own = await Promise.all(
    Object.entries(secret).map(async ([name, { value, from }]) => {
      const text = renderTemplate(value, (await credential(from.secret)).reveal());
      if (/[\r\n\0]/.test(text)) throw brokenHeader(name, from.secret);
      return [name, text];
    }),
  );
  return { ...headers, ...Object.fromEntries(own) };
}

const brokenHeader = (name: string, secret: string) =>
  new RotationError('ConfigInvalid', { subject: `header ${name} from ${secret}`, detail: 'it holds a line break' });

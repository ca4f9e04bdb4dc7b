import { z } from 'zod';
import type { Catalog } from '../core/catalog.ts';
import { EXTERNAL, type SecretEntry } from '../core/config.ts';
import { parsedJson } from './cause.ts';
import { type Context, UsageError } from './command.ts';

const fields = z.record(z.string().min(1), z.string());

/** The fields of a value: one JSON object on stdin, or asked for one by one with echo off. @throws UsageError */
export async function readFields(
  context: Context,
  entry: SecretEntry,
  catalog: Catalog,
): Promise<z.output<typeof fields>> {
  return context.terminal.stdin.isTTY ? prompted(context, entry, catalog) : fromStdin(context);
}

async function fromStdin({ terminal }: Context): Promise<z.output<typeof fields>> {
  const chunks: Buffer[] = [];
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk));
  const parsed = fields.safeParse(parsedJson(Buffer.concat(chunks).toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new UsageError('stdin must hold one JSON object of texts, e.g. {"username": "...", "password": "..."}');
}

async function prompted(
  { terminal }: Context,
  { id, type, fields: names }: SecretEntry,
  { secretTypes }: Catalog,
): Promise<z.output<typeof fields>> {
  const { default: password } = await import('@inquirer/password');
  const known = secretTypes.find(({ name }) => name === type)?.adoption?.fields ?? Object.keys(names);
  const asked = type === EXTERNAL && known.length === 0 ? ['value'] : known;
  const answers: [string, string][] = [];
  for (const name of asked)
    answers.push([name, await password({ message: `${id} ${name}` }, { output: terminal.stderr })]);
  return Object.fromEntries(answers);
}

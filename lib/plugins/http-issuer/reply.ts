import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { FetchResponse } from '../../core/fetch.ts';
import { pointedAt } from './json-pointer.ts';

/** @throws ConfigInvalid for what is no JSON: the URL is not the API's */
export async function jsonOf(name: string, reply: FetchResponse): Promise<unknown> {
  try {
    return JSON.parse(await reply.text());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unexpected(name, 'the reply is no JSON');
  }
}

const scalar = z.union([z.string().min(1), z.number().transform(String)]);
const instant = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z.number().transform((value) => (value < EPOCH_MS ? value * 1000 : value)),
]);

/** Below it a number counts seconds, above milliseconds: 2001 in one, 5138 in the other. */
const EPOCH_MS = 1e11;

/** @throws ConfigInvalid */
export function textAt(name: string, json: unknown, pointer: string): string {
  const found = scalar.safeParse(pointedAt(json, pointer));
  if (found.success) return found.data;
  throw unexpected(name, `no text at "${pointer}"`);
}

/** A credential in the issuer's list. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly item: unknown;
}

/** Those that have an id and a name. @throws ConfigInvalid where none has: the pointers are wrong, and nothing lost would be found */
export function listedIn(json: unknown, pointers: { items: string; id: string; name: string }): readonly Listed[] {
  const items = pointedAt(json, pointers.items);
  if (!Array.isArray(items)) throw unexpected('list', `no list at "${pointers.items}"`);
  const listed = items.flatMap((item) => {
    const [id, name] = [pointers.id, pointers.name].map((pointer) => scalar.safeParse(pointedAt(item, pointer)).data);
    return id === undefined || name === undefined ? [] : [{ id, name, item }];
  });
  if (items.length > 0 && listed.length === 0)
    throw unexpected('list', `no item has a text at "${pointers.id}" and at "${pointers.name}"`);
  return listed;
}

/** Epoch ms, `null` where the reply says so, undefined where there is nothing. @throws ConfigInvalid for something else */
export function instantAt(name: string, json: unknown, pointer: string): number | null | undefined {
  const found = pointedAt(json, pointer);
  if (found === undefined || found === null) return found;
  const parsed = instant.safeParse(found);
  if (parsed.success) return parsed.data;
  throw unexpected(name, `no point in time at "${pointer}"`);
}

const unexpected = (name: string, detail: string) =>
  new RotationError('ConfigInvalid', { subject: `the issuer's reply to ${name}`, detail });

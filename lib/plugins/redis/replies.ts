import { z } from 'zod';

/** The reply to most changes. */
export const OK = z.literal('OK');

/** `[name, value, name, value ...]`, as Redis gives a map to a client of its older protocol. */
export const mapReply = z.array(z.unknown()).transform((items) => {
  const names = items.filter((_item, index) => index % 2 === 0).map(String);
  return Object.fromEntries(names.map((name, index): [string, unknown] => [name, items[2 * index + 1]]));
});

/** The `name:value` lines of INFO. */
export const infoReply = z
  .string()
  .transform((text) =>
    Object.fromEntries([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value])),
  );

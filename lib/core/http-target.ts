import { z } from 'zod';

const url = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with http:// or https://' })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'a URL may not carry a login');

const headers = z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header'), z.string());

/** The keys of every plugin that calls a URL of the configuration. */
export const httpTarget = {
  url,
  /** Sent as they stand; keyturn.yaml holds no secret, so neither do they. */
  headers: headers.default({}),
  timeoutSeconds: z.int().min(1).max(60).default(10),
};

export const httpUrl = url;

const ON_THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A URL to which credentials go. */
export const secretUrl = url.refine(
  (text) => !URL.canParse(text) || text.startsWith('https:') || ON_THIS_MACHINE.test(new URL(text).hostname),
  'expected https://: credentials go this way',
);

/** A URL as messages show it: without its query. */
export function shownUrl(text: string): string {
  const { origin, pathname } = new URL(text);
  return origin + pathname;
}

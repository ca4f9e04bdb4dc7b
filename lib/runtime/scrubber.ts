import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret.ts';

const REDACTED = '<redacted>';
/** Shorter values would redact half of every sentence; no generated value is as short. */
const SHORTEST = 4;

/** Knows the values that are live in one call, and takes them out of text. */
export interface Scrubber {
  /** From now on every field of `secret` is redacted, but those named in `open` (a host, a role that keyturn.yaml names). */
  learn(secret: Secret, open?: readonly string[]): void;
  scrub(text: string): string;
}

/** One per call: nothing of a value outlives the call that used it. */
export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  return {
    learn: (secret, open = []) => {
      const fields = Object.entries(secret.reveal()).filter(([name]) => !open.includes(name));
      for (const [, value] of fields) for (const form of encodings(value)) forms.add(form);
    },
    scrub: (text) => longestFirst(forms).reduce((rest, form) => rest.replaceAll(form, REDACTED), text),
  };
}

const longestFirst = (forms: Iterable<string>) => [...forms].sort((one, two) => two.length - one.length);

/** What a value looks like in logs: itself and its lines, in base64 at each of three offsets, hex, URL and JSON form, hashed. */
function encodings(value: string): readonly string[] {
  if (value.length < SHORTEST) return [];
  const bytes = Buffer.from(value, 'utf8');
  const base64 = [0, 1, 2].map((offset) => base64At(bytes, offset));
  const forms = [
    value,
    ...value.split(/\r?\n/),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
    createHash('sha256').update(bytes).digest('hex'),
  ];
  return forms.filter((form) => form.length >= SHORTEST);
}

/** The characters of base64 that `bytes` alone decide when `offset` bytes stand before them in a group of three. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
}

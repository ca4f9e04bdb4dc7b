import { createHash } from 'node:crypto';
import type { Log } from '../../lib/core/ports.ts';

/** A value worth hunting for: long, unique, and different in every encoding. */
export const CANARY = 'cAnary-"7f%3 $x\\ü\'b9/+=Zq42';

/**
 * The forms in which a value might show: raw, base64 in its three alignments, base64url likewise, hex, URL-encoded,
 * JSON-escaped, and SHA-256 in hex. Of base64 only the part that does not depend on the neighbours is listed.
 */
export function canaryEncodings(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const aligned = [0, 1, 2].map((offset) => base64Core(bytes, offset));
  const forms = [
    value,
    ...aligned,
    ...aligned.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    createHash('sha256').update(bytes).digest('hex'),
  ];
  return [...new Set(forms)];
}

/** The characters of base64 that `bytes` alone decide when they start `offset` bytes into a group of three. */
function base64Core(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(first, last);
}

/** Fails when `text` holds `canary` in any encoding, in any letter case. */
export function assertNoLeak(text: string, canary: string, where = 'text'): void {
  const folded = text.toLowerCase();
  const leaks = canaryEncodings(canary).filter((form) => folded.includes(form.toLowerCase()));
  if (leaks.length > 0) throw new Error(`${where} leaks the canary as ${leaks.join(' and ')}`);
}

export interface CapturedLog extends Log {
  /** Every line so far: level, message and facts as JSON. */
  readonly lines: readonly string[];
  text(): string;
}

/** A log that keeps what it is told, unscrubbed: a plugin may not rely on the sink. */
export function captureLog(): CapturedLog {
  const lines: string[] = [];
  const record =
    (level: string): Log['info'] =>
    (message, facts = {}) => {
      lines.push(JSON.stringify({ level, message, ...facts }));
    };
  return { lines, info: record('info'), warn: record('warn'), text: () => lines.join('\n') };
}

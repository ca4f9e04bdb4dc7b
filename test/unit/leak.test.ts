import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertNoLeak, CANARY, canaryEncodings } from '../support/leak.ts';

const bytes = Buffer.from(CANARY, 'utf8');

const LEAKS: Readonly<Record<string, string>> = {
  raw: `password is ${CANARY}!`,
  'base64 at the start': bytes.toString('base64'),
  'base64 one byte in': Buffer.from(`x${CANARY}tail`).toString('base64'),
  'base64 two bytes in': Buffer.from(`xy${CANARY}t`).toString('base64'),
  base64url: Buffer.from(`user:${CANARY}`).toString('base64url'),
  hex: bytes.toString('hex'),
  'upper-case hex': bytes.toString('hex').toUpperCase(),
  url: `postgres://${encodeURIComponent(CANARY)}@db`,
  json: JSON.stringify({ deep: { value: CANARY } }),
  'SHA-256': createHash('sha256').update(CANARY).digest('hex'),
};

describe('assertNoLeak', () => {
  it.each(Object.entries(LEAKS))('finds the canary as %s', (_name, text) => {
    expect(() => assertNoLeak(text, CANARY)).toThrow(/leaks the canary/);
  });

  it('accepts text without it', () => {
    assertNoLeak('nothing to see <redacted>', CANARY);
  });

  it('finds any value in base64 whatever stands before and behind it', () => {
    const value = fc.string({ minLength: 6, unit: 'grapheme' });
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, behind) => {
        const text = Buffer.from(before + secret + behind).toString('base64');
        expect(canaryEncodings(secret).some((form) => text.includes(form))).toBe(true);
      }),
    );
  });
});

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { apiKeyProblem, makeApiKey } from '../../lib/plugins/issuing/api-key-format.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const altered = (value: Secret, change: (token: string) => string) =>
  Secret.of({ id: value.field('id') ?? '', token: change(value.field('token') ?? '') });

describe('an API key', () => {
  it('has its form, and 256 bits of secret, 10,000 times', () => {
    const tokens = new Set<string>();
    for (let run = 0; run < 10_000; run += 1) {
      const value = makeApiKey('kt', random);
      const token = value.field('token') ?? '';
      if (!/^kt_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/.test(token))
        expect.unreachable(token.length.toString());
      if (apiKeyProblem(value, 'kt') !== undefined) expect.unreachable('its own check refuses it');
      tokens.add(token);
    }
    expect(tokens.size).toBe(10_000);
    expect(43 * Math.log2(62)).toBeGreaterThanOrEqual(256);
  });

  it('is known by a checksum that others compute alike', () => {
    // CRC-32 of "kt_abcd_0123456789abcdefghijkl" by zlib of another language: 0x4968b049 = 1231597641.
    const value = Secret.of({ id: 'abcd', token: 'kt_abcd_0123456789abcdefghijkl_1LLeo5' });
    expect(apiKeyProblem(value, 'kt')).toBeUndefined();
  });

  it.each<[string, (token: string) => string, RegExp]>([
    [
      'a letter of its secret',
      (token) => token.replace(/.(?=_[^_]*$)/, (last) => (last === 'a' ? 'b' : 'a')),
      /checksum/,
    ],
    ['its checksum', (token) => `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`, /checksum/],
    ['its end', (token) => token.slice(0, -3), /form/],
    ['a line break after it', (token) => `${token}\n`, /form/],
    ['its prefix', (token) => token.replace('kt_', 'sk_'), /begin with kt_/],
  ])('is refused when %s is wrong, and not repeated', (_what, change, problem) => {
    const value = altered(makeApiKey('kt', random), change);
    expect(apiKeyProblem(value, 'kt')).toMatch(problem);
    expect(apiKeyProblem(value, 'kt')).not.toContain(value.field('token'));
  });

  it('is refused under the id of another', () => {
    const { token = '' } = makeApiKey('kt', random).reveal();
    expect(apiKeyProblem(Secret.of({ id: 'another', token }), 'kt')).toMatch(/id/);
  });
});

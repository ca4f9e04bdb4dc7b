import { describe, expect, it } from 'vitest';
import type { Credential, VerifyRequest } from '../../lib/core/ports.ts';
import { makeKey } from '../../lib/plugins/jwt/algorithms.ts';
import { freshKey, publicKeys, signingValue } from '../../lib/plugins/jwt/signing-ring.ts';
import { pruned, published, type Ring, switched } from '../../lib/plugins/keyring/ring.ts';
import { jwks } from '../../lib/plugins/verifiers/jwks.ts';
import { pluginDeps, skippingClock } from '../support/plugin-deps.ts';
import { stubTarget } from '../support/stub-target.ts';

const AT = '2026-01-01T00:00:00.000Z';
const deps = pluginDeps();
const first: Ring = {
  keys: [
    { kid: 'first', algorithm: 'ES256', state: 'active', since: AT, material: await makeKey('ES256', deps.random) },
  ],
};
const some = (ring: Ring | undefined): Ring => ring ?? { keys: [] };
const withNew = published(first, await freshKey('ES256', deps.random), AT);
const inUse = some(switched(withNew, AT));
const last = some(pruned(inUse, AT));
const versionOf = (ring: Ring, version: string): Credential => ({ version, value: signingValue(ring) });

const clock = skippingClock(Date.parse(AT));
/** What a URL that shows the keys of `shown` proves of a consumer that is to be on `expected`. */
async function verdict(shown: Ring, expected: Ring, other: Ring, more: Partial<VerifyRequest> = {}, cacheAge = '0s') {
  const text = async () => JSON.stringify({ keys: publicKeys(shown) });
  const fetch = async () => ({ status: 200, header: () => undefined, text });
  const client = await jwks.create({ use: 'jwks', url: 'https://a.test/jwks', cacheAge }, pluginDeps({ fetch, clock }));
  return client.check({
    secretId: 'production/login/signing',
    consumer: 'gateway',
    expected: versionOf(expected, 'b'),
    other: versionOf(other, 'a'),
    target: stubTarget(),
    ...more,
  });
}

describe('verifier jwks', () => {
  it.each([
    ['the new key published', withNew, withNew, first],
    ['the new key in use', inUse, inUse, withNew],
    ['the old key gone', last, last, inUse],
    ['the old key alone again, the new one not yet taken back', withNew, first, withNew],
  ])('is satisfied with %s', async (_, shown, expected, other) => {
    expect(await verdict(shown, expected, other)).toMatchObject({ verdict: 'verified' });
  });

  it.each([
    ['without the new key before it is used', first, withNew, first, /verifies no token of key/],
    ['without the old key as long as its tokens live', last, inUse, withNew, /verifies no token of key first$/],
    [
      'with the old key once it is retired',
      inUse,
      last,
      inUse,
      /still verifies tokens of key first, which is retired$/,
    ],
  ])('rejects a document %s', async (_, shown, expected, other, why) => {
    expect(await verdict(shown, expected, other)).toEqual({ verdict: 'rejected', why: expect.stringMatching(why) });
  });

  it('rejects a document with another key under the same id', async () => {
    const [key] = first.keys;
    if (key === undefined) throw new Error('the ring is empty');
    const forged: Ring = { keys: [{ ...key, material: await makeKey('ES256', deps.random) }] };
    expect(await verdict(forged, first, withNew)).toMatchObject({ verdict: 'rejected' });
  });

  it('gives a cache its time, and no longer', async () => {
    const installedAt = clock.now();
    const asked = () => verdict(first, withNew, first, { installedAt }, '10m');
    expect(await asked()).toEqual({ verdict: 'inconclusive', why: expect.stringContaining('may be from a cache') });
    await clock.sleep(600_000);
    expect(await asked()).toMatchObject({ verdict: 'rejected' });
  });
});

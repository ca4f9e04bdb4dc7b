import { describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { FetchInit } from '../../lib/core/fetch.ts';
import type { Answer, Credential } from '../../lib/core/ports.ts';
import { encryptionValue, freshKey } from '../../lib/plugins/encryption/encryption-ring.ts';
import { makeKey } from '../../lib/plugins/encryption/wrapping.ts';
import { pruned, published, type Ring, switched } from '../../lib/plugins/keyring/ring.ts';
import { decryptProbe } from '../../lib/plugins/verifiers/decrypt-probe.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { answering } from '../support/probed-consumer.ts';
import { stubTarget } from '../support/stub-target.ts';

const AT = '2026-01-01T00:00:00.000Z';
const { random } = pluginDeps();
const some = (ring: Ring | undefined): Ring => ring ?? { keys: [] };
const first: Ring = { keys: [{ kid: 'first', state: 'active', since: AT, material: makeKey(random) }] };
const withNew = published(first, freshKey(random, Date.parse(AT)), AT);
const inUse = some(switched(withNew, AT));
const last = some(pruned(inUse, AT));
const credential = (ring: Ring, version: string): Credential => ({ version, value: encryptionValue(ring) });

const requestOf = (expected: Ring, other: Ring) => ({
  secretId: 'production/encryption/orders',
  consumer: 'orders-api',
  expected: credential(expected, 'b'),
  other: credential(other, 'a'),
});

async function verdict(held: Ring, expected: Ring, other: Ring) {
  const fetch = answering(credential(held, 'x'));
  const client = await decryptProbe.create({ use: 'decrypt-probe', url: 'http://a.test/probe' }, pluginDeps({ fetch }));
  return client.check({ ...requestOf(expected, other), target: stubTarget() });
}

describe('verifier decrypt-probe', () => {
  it.each([
    ['a published key', withNew, withNew, first],
    ['a key in use', inUse, inUse, withNew],
    ['a pruned ring', last, last, inUse],
    ['the ring from before, though the published key is still known', withNew, first, withNew],
  ])('is satisfied by a consumer with %s', async (_, held, expected, other) => {
    expect(await verdict(held, expected, other)).toMatchObject({ verdict: 'verified' });
  });

  it.each([
    ['does not know what will be used', first, withNew, first, /does not open what is under 2026-01-01-/],
    ['has lost what data is under', last, inUse, withNew, /does not open what is under first$/],
    ['still opens what is retired', inUse, last, inUse, /still opens what is under first, which is retired$/],
  ])('rejects a consumer that %s', async (_, held, expected, other, why) => {
    expect(await verdict(held, expected, other)).toEqual({ verdict: 'rejected', why: expect.stringMatching(why) });
  });

  it.each([
    ['nonsense', 200, 'hello'],
    ['too few answers', 200, '{"sha256":[]}'],
    ['no such page', 404, ''],
  ])('takes %s for no proof', async (_, status, body) => {
    const fetch = async () => ({ status, header: () => undefined, text: async () => body });
    const client = await decryptProbe.create(
      { use: 'decrypt-probe', url: 'http://a.test/probe' },
      pluginDeps({ fetch }),
    );
    expect(await client.check({ ...requestOf(withNew, first), target: stubTarget() })).toMatchObject({
      verdict: 'inconclusive',
    });
  });

  it('shows the consumer nothing but probes, new ones each time', async () => {
    const bodies: string[] = [];
    const answer = answering(credential(inUse, 'x'));
    const fetch = async (url: string, init: FetchInit = {}) => {
      bodies.push(init.body ?? '');
      return answer(url, init);
    };
    const client = await decryptProbe.create(
      { use: 'decrypt-probe', url: 'http://a.test/probe' },
      pluginDeps({ fetch }),
    );
    for (const _ of [1, 2]) await client.check({ ...requestOf(inUse, withNew), target: stubTarget() });
    expect(Object.keys(JSON.parse(bodies[0] ?? ''))).toEqual(['ciphertexts']);
    expect(bodies[0]).not.toBe(bodies[1]);
  });

  describe('without a URL', () => {
    const ask = async (answer: () => Promise<Answer>) => {
      const client = await decryptProbe.create({ use: 'decrypt-probe' }, pluginDeps());
      return client.check({ ...requestOf(withNew, first), target: stubTarget({ probe: answer }) });
    };

    it.each([
      ['accepted', 'verified'],
      ['refused', 'rejected'],
      ['untested', 'inconclusive'],
    ] as const)('asks the target: %s is %s', async (answer, found) => {
      expect(await ask(async () => answer)).toMatchObject({ verdict: found });
    });

    it('takes a dead target for no proof', async () => {
      const dead = async () => {
        throw new RotationError('Unavailable', { subject: 'x' });
      };
      expect(await ask(dead)).toMatchObject({ verdict: 'inconclusive' });
    });
  });
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Secret } from '../../lib/core/secret.ts';
import { freshKey as freshWrappingKey } from '../../lib/plugins/encryption/encryption-ring.ts';
import { wrap } from '../../lib/plugins/encryption/wrapping.ts';
import { freshKey, signingValue } from '../../lib/plugins/jwt/signing-ring.ts';
import { keyOf, pruned, published, type Ring, switched } from '../../lib/plugins/keyring/ring.ts';
import { missing, peersCache } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { root } from '../support/sources.ts';

const why = missing('pyjwt');
const AT = '2026-01-01T00:00:00.000Z';
const { random } = pluginDeps();

const ask = (json: object): unknown => {
  const script = join(root, 'test/peers/consumers/key_rings.py');
  const input = JSON.stringify(json);
  return JSON.parse(execFileSync(join(peersCache, 'pyjwt/bin/python'), [script], { input, encoding: 'utf8' }));
};
const some = (ring: Ring | undefined): Ring => ring ?? { keys: [] };

/** The rings of one rotation. */
async function ringsOf(algorithm: 'RS256' | 'ES256' | 'EdDSA' | 'HS256') {
  const first: Ring = { keys: [{ ...(await freshKey(algorithm, random)), state: 'active', since: AT }] };
  const withNew = published(first, await freshKey(algorithm, random), AT);
  const inUse = some(switched(withNew, AT));
  return [first, withNew, inUse, some(pruned(inUse, AT))].map(signingValue);
}

const sign = (value: Secret) => ask({ do: 'sign', ...value.reveal() });
const verify = (token: unknown, value: Secret) =>
  ask({ do: 'verify', token, jwks: JSON.parse(value.field('jwks') ?? '') });

describe.skipIf(why !== undefined)(`PyJWT ${why ?? ''}`, () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('signs and verifies %s through a rotation', async (algorithm) => {
    const values = await ringsOf(algorithm);
    const tokens = values.map(sign);
    const verdicts = values.map((value) => tokens.map((token) => verify(token, value)));
    const [unknown, orders] = ['unknown key', 'orders'];
    expect(verdicts).toEqual([
      [orders, orders, unknown, unknown],
      [orders, orders, orders, orders],
      [orders, orders, orders, orders],
      [unknown, unknown, orders, orders],
    ]);
  });

  it('signs with a key of HS256', async () => {
    const [first] = await ringsOf('HS256');
    expect(String(first && sign(first)).split('.')).toHaveLength(3);
  });

  it('does not verify a token of another key under the same id', async () => {
    const [[one], [two]] = [await ringsOf('ES256'), await ringsOf('ES256')];
    if (one === undefined || two === undefined) throw new Error('there are no rings');
    const forged = ask({ do: 'sign', ...two.reveal(), kid: one.field('kid') });
    expect(verify(forged, one)).toBe('InvalidSignatureError');
  });

  it('opens what is wrapped here, with the AES-GCM of another language', () => {
    const key = { ...freshWrappingKey(random, Date.parse(AT)), state: 'active', since: AT } as const;
    const ring: Ring = { keys: [key] };
    const text = wrap(keyOf(ring), Buffer.from('a data key'), random);
    expect(ask({ do: 'unwrap', text, ...ring })).toBe('a data key');
    expect(ask({ do: 'unwrap', text: text.replace(key.kid, 'other'), keys: [{ ...key, kid: 'other' }] })).toBe(
      'InvalidTag',
    );
  });
});

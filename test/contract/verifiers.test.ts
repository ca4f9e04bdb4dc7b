import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { FetchInit } from '../../lib/core/fetch.ts';
import type { Credential, PluginDeps, SecretTypeClient, VerifyRequest } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { encryptionValue } from '../../lib/plugins/encryption/encryption-ring.ts';
import { makeKey as makeWrappingKey } from '../../lib/plugins/encryption/wrapping.ts';
import { makeKey } from '../../lib/plugins/jwt/algorithms.ts';
import { adopted } from '../../lib/plugins/jwt/signing-ring.ts';
import { verifiers } from '../../lib/plugins/verifiers/index.ts';
import { podsFetch } from '../support/fake-pods.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { answering } from '../support/probed-consumer.ts';
import { stubTarget } from '../support/stub-target.ts';
import { tlsConsumer } from '../support/tls-consumers.ts';

const secretId = 'production/database/orders';
const expected: Credential = {
  version: 'b'.repeat(32),
  value: Secret.of({ username: 'orders_b', password: `${CANARY}2` }),
};
const other: Credential = { version: 'a'.repeat(32), value: Secret.of({ username: 'orders_a', password: CANARY }) };

/** What the consumer uses, or that nobody can tell. */
type Situation = 'expected' | 'other' | 'unreachable';

interface Harness {
  readonly config: object;
  /** Where the values above are none of its type. */
  readonly versions?: { readonly expected: Credential; readonly other: Credential };
  /** Asks neither the target nor by HTTP. */
  readonly asksItself?: true;
  inSituation(situation: Situation): {
    config?: object;
    target?: Partial<SecretTypeClient>;
    deps?: Partial<PluginDeps>;
  };
}

const unreachable = async (): Promise<never> => {
  throw new RotationError('Unavailable', { subject: 'orders at db.internal:5432', code: 'ECONNREFUSED' });
};

/** A ring of one key each. */
const signingKey = async (version: string): Promise<Credential> => {
  const key = Secret.of({ kid: `key-${version.charAt(0)}`, private_key: await makeKey('ES256', pluginDeps().random) });
  const value = adopted(key, 'ES256', '2026-01-01T00:00:00.000Z');
  if (value === undefined) throw new Error('it was not adopted');
  return { version, value };
};
const SIGNING = { expected: await signingKey(expected.version), other: await signingKey(other.version) };

const TLS = { expected: await tlsConsumer(expected.version), other: await tlsConsumer(other.version) };

const login = (use: string): Harness => ({
  config: { use },
  inSituation: (situation) => ({
    target: {
      probe:
        situation === 'unreachable' ? unreachable : async () => (situation === 'expected' ? 'accepted' : 'refused'),
    },
  }),
});

const sessions = (config: object): Harness => ({
  config,
  inSituation: (situation) => {
    const principal = situation === 'expected' ? 'orders_b' : 'orders_a';
    const listed = async () => [{ principal, application: 'orders-api', startedAt: 1 }];
    return { target: { sessions: situation === 'unreachable' ? unreachable : listed } };
  },
});

const wrappingKey = (version: string): Credential => {
  const key = { kid: `key-${version.charAt(0)}`, material: makeWrappingKey(pluginDeps().random) };
  return {
    version,
    value: encryptionValue({ keys: [{ ...key, state: 'active', since: '2026-01-01T00:00:00.000Z' }] }),
  };
};
const ENCRYPTION = { expected: wrappingKey(expected.version), other: wrappingKey(other.version) };

const HARNESSES: Readonly<Record<string, Harness>> = {
  'postgresql-login': login('postgresql-login'),
  'postgresql-sessions': sessions({ use: 'postgresql-sessions', applicationName: 'orders-api' }),
  'redis-login': login('redis-login'),
  'redis-clients': sessions({ use: 'redis-clients', clientName: 'orders-api' }),
  'http-status': {
    config: {
      use: 'http-status',
      url: 'https://orders.test/whoami',
      send: { Authorization: 'Bearer {password:base64}' },
    },
    inSituation: (situation) => {
      const accepts = Buffer.from(situation === 'expected' ? `${CANARY}2` : CANARY).toString('base64');
      const answer = async (_url: string, { headers }: FetchInit = {}) => ({
        status: headers?.Authorization === `Bearer ${accepts}` ? 200 : 401,
        header: () => undefined,
        text: async () => '',
      });
      return { deps: { fetch: situation === 'unreachable' ? unreachable : answer } };
    },
  },
  'decrypt-probe': {
    config: { use: 'decrypt-probe', url: 'http://orders.test/probe' },
    versions: ENCRYPTION,
    inSituation: (situation) => {
      const answer = answering(ENCRYPTION[situation === 'expected' ? 'expected' : 'other']);
      return { deps: { fetch: situation === 'unreachable' ? unreachable : answer } };
    },
  },
  jwks: {
    config: { use: 'jwks', url: 'https://login.test/jwks.json' },
    versions: { expected: SIGNING.expected, other: SIGNING.other },
    inSituation: (situation) => {
      const { value } = SIGNING[situation === 'expected' ? 'expected' : 'other'];
      const reply = { status: 200, header: () => undefined, text: async () => value.field('jwks') ?? '' };
      return { deps: { fetch: situation === 'unreachable' ? unreachable : async () => reply } };
    },
  },
  'tls-handshake': {
    config: { use: 'tls-handshake', host: '127.0.0.1', port: 1, serverName: 'shop.internal' },
    versions: { expected: TLS.expected.credential, other: TLS.other.credential },
    asksItself: true,
    inSituation: (situation) => ({ config: situation === 'unreachable' ? {} : { port: TLS[situation].port } }),
  },
  'kubernetes-pods': {
    config: { use: 'kubernetes-pods', cluster: 'main', namespace: 'shop', workload: 'deployment/orders-api' },
    inSituation: (situation) => {
      if (situation === 'unreachable') return { deps: { fetch: unreachable } };
      const { version } = situation === 'expected' ? expected : other;
      return { deps: { fetch: podsFetch('shop', 'orders-api', { secretId, version }) } };
    },
  },
  'http-version': {
    config: { use: 'http-version', url: 'http://orders.test/version' },
    inSituation: (situation) => {
      const { version } = situation === 'expected' ? expected : other;
      const reply = {
        status: 200,
        header: () => undefined,
        text: async () => JSON.stringify({ versions: { [secretId]: version } }),
      };
      return { deps: { fetch: situation === 'unreachable' ? unreachable : async () => reply } };
    },
  },
};

describe.each(verifiers.map((plugin) => [plugin.name, plugin] as const))('verifier %s', (name, plugin) => {
  const harness = HARNESSES[name];
  if (!harness) throw new Error(`verifier ${name} has no harness in this file: add one`);

  const check = async (situation: Situation, log = captureLog()) => {
    const { config, target, deps } = harness.inSituation(situation);
    const versions = harness.versions ?? { expected, other };
    const request: VerifyRequest = { secretId, consumer: 'orders-api', ...versions, target: stubTarget(target) };
    return (await plugin.create({ ...harness.config, ...config }, pluginDeps({ log, ...deps }))).check(request);
  };

  it.each([
    ['expected', 'verified'],
    ['other', 'rejected'],
    ['unreachable', 'inconclusive'],
  ] as const)('finds a consumer that is %s to be %s, and says why', async (situation, verdict) => {
    expect(await check(situation)).toEqual({ verdict, why: expect.stringMatching(/^\S.{5,}/) });
  });

  it.skipIf(harness.asksItself)('does not take a defect of its own for an unreachable consumer', async () => {
    const defect = async (): Promise<never> => {
      throw new TypeError('a defect');
    };
    const target = stubTarget({ probe: defect, sessions: defect });
    const client = await plugin.create(harness.config, pluginDeps({ fetch: defect }));
    const versions = harness.versions ?? { expected, other };
    await expect(client.check({ secretId, consumer: 'orders-api', ...versions, target })).rejects.toThrow('a defect');
  });

  it('lets no value out', async () => {
    const log = captureLog();
    const verdicts = [await check('expected', log), await check('other', log), await check('unreachable', log)];
    const said = [inspect(verdicts), JSON.stringify(verdicts), log.text()].join('\n');
    const { expected: ring } = harness.versions ?? {};
    const keys = ['private_key', 'key'].flatMap((field) => ring?.value.field(field) ?? []);
    for (const canary of [CANARY, ...keys]) assertNoLeak(said, canary);
  });
});

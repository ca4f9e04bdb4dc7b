import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendClient } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { type FakeReply, type FakeRequest, type FakeVault, startFakeVault } from '../support/fake-vault.ts';
import { startRecorder, startServer } from '../support/http-server.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { vaultLogin } from '../support/vault-login.ts';

const V1 = '1'.repeat(32);
const ref = { path: 'database/orders', fields: { password: 'pg_password' } };
const value = Secret.of({ password: 'one' });
const FOREIGN = 'what the server said';
const body = { errors: [FOREIGN] };

let fake: FakeVault;
let client: BackendClient;
const open = (config: object = {}) => {
  const login = vaultLogin(fake.origin);
  return vault.create({ ...login.config, ...config }, pluginDeps(login.deps));
};
beforeEach(async () => {
  fake = await startFakeVault();
  client = await open();
});
afterEach(() => fake.close());

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: unknown) => error,
  );

/** Answers requests of one path with `reply`; those to the health endpoint with `health`. */
const answer = (path: RegExp, reply: FakeReply, health = 200) => {
  fake.intercept = (request: FakeRequest) => {
    if (request.path === 'sys/health') return { status: health };
    return path.test(request.path) ? reply : undefined;
  };
};

describe('a reply that is no answer', () => {
  it.each([
    ['over quota', { status: 429, body }, 200, 'Throttled', 'http-429'],
    ['sealed', { status: 503, body }, 503, 'Unavailable', 'the server is sealed'],
    ['a standby', { status: 503, body }, 429, 'Unavailable', 'the server is a standby'],
    ['a performance standby', { status: 473, body }, 473, 'Unavailable', 'the server is a performance standby'],
    ['a secondary', { status: 472, body }, 472, 'Unavailable', 'a secondary for disaster recovery'],
    ['not initialized', { status: 501, body }, 501, 'Unavailable', 'the server is not initialized'],
    ['a replica that is behind', { status: 412, body }, 200, 'Unavailable', 'http-412'],
    ['broken', { status: 500, body }, 200, 'Unavailable', 'http-500'],
    ['denied', { status: 403, body }, 200, 'AccessDenied', '"read" on production/data/database/orders'],
    ['without this engine', { status: 404, body }, 200, 'ConfigInvalid', 'no KV engine of version 2'],
    ['wrong', { status: 400, body }, 200, 'InputInvalid', 'http-400'],
    ['unheard of', { status: 418, body }, 200, 'ConfigInvalid', 'http-418'],
    ['nonsense', { status: 200, body: { data: ['x'] } }, 200, 'ConfigInvalid', 'no KV engine of version 2'],
    ['of an engine of version 1', { status: 200, body: { data: { a: FOREIGN } } }, 200, 'ConfigInvalid', 'version 2'],
  ])('is named when the server is %s', async (_what, reply, health, name, told) => {
    answer(/data\/database/, reply, health);
    const error = await failureOf(client.read(ref, 'current'));
    expect(error).toMatchObject({ name, message: expect.stringContaining(told) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(FOREIGN);
  });

  it('makes a write that broke inside the server unknown, and does not repeat it', async () => {
    fake.intercept = ({ method, path }) => (method === 'POST' && /_pending/.test(path) ? { status: 500 } : undefined);
    expect(await failureOf(client.stage(ref, V1, value))).toMatchObject({ name: 'OutcomeUnknown' });
    expect(fake.requests.filter(({ method, path }) => method === 'POST' && /_pending/.test(path))).toHaveLength(1);
  });

  it('is asked for again when it certainly had no effect', async () => {
    let refusals = 2;
    fake.intercept = ({ method, path }) =>
      method === 'POST' && /_pending/.test(path) && refusals-- > 0 ? { status: 429 } : undefined;
    expect(await client.stage(ref, V1, value)).toBe('applied');
  });

  it('is Unavailable when nobody is there, and when nobody answers in time', async () => {
    const gone = await startServer(() => undefined);
    const silent = await startServer(() => undefined);
    await gone.close();
    const read = (address: string) =>
      open({ address, timeoutSeconds: 1 }).then((opened) => opened.read(ref, 'current'));
    expect(await failureOf(read(gone.origin))).toMatchObject({ name: 'Unavailable', code: 'ECONNREFUSED' });
    expect(await failureOf(read(silent.origin))).toMatchObject({ name: 'Unavailable', code: 'TimeoutError' });
    await silent.close();
  });
});

describe('a redirect', () => {
  it('is refused, and no token or value goes there', async () => {
    const elsewhere = await startRecorder({ status: 200, body: '{}' });
    answer(/data\/_pending/, { status: 307, headers: { Location: `${elsewhere.origin}/v1/production/data/x` } });
    const error = await failureOf(client.stage(ref, V1, value));
    expect(error).toMatchObject({ name: 'ConfigInvalid', message: expect.stringContaining('redirects') });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('of a standby passes: it may be active in a moment', async () => {
    answer(/data\//, { status: 307, headers: { Location: 'http://elsewhere.test/' } }, 429);
    const error = await failureOf(client.read(ref, 'current'));
    expect(error).toMatchObject({ name: 'Unavailable', message: expect.stringContaining('a standby and redirects') });
  });
});

describe('what node-vault takes from the environment', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('goes nowhere', async () => {
    const elsewhere = await startRecorder({ status: 200, body: '{}' });
    const environment = {
      VAULT_ADDR: elsewhere.origin,
      VAULT_TOKEN: 'token-of-the-operator',
      VAULT_NAMESPACE: 'team-of-the-operator',
      VAULT_PREFIX: '/prefix',
      VAULT_SKIP_VERIFY: 'true',
      DEBUG: 'node-vault',
    };
    for (const [name, text] of Object.entries(environment)) vi.stubEnv(name, text);
    client = await open();
    expect(await client.stage(ref, V1, value)).toBe('applied');
    const sent = JSON.stringify(fake.requests);
    expect(sent).not.toMatch(/of-the-operator|prefix/);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });
});

describe('a request', () => {
  it('carries the namespace of the configuration', async () => {
    client = await open({ namespace: 'team/a' });
    await client.versions(ref);
    await client.close?.();
    expect(new Set(fake.requests.map(({ namespace }) => namespace))).toEqual(new Set(['team/a']));
  });

  it.each(['../../sys/seal', 'a//b', '_pending/x', 'a/./b', 'a/*', 'a/+/b', ' a', '', 'a\nb'])(
    'is not made for the path %j',
    async (path) => {
      const call = client.stage({ path, fields: { password: 'p' } }, V1, value);
      expect(await failureOf(call)).toMatchObject({ name: 'ConfigInvalid' });
      expect(fake.requests).toEqual([]);
    },
  );

  it.each(['%2e%2e/x', 'a?list=1', 'a#b', 'Grüße/漢字', "it's (really) odd!", 'a;b=c&d', '..a/b.c'])(
    'means the very path %j',
    async (path) => {
      const odd = { path, fields: { password: 'p' } };
      await client.stage(odd, V1, value);
      expect((await client.read(odd, V1)).value.reveal()).toEqual({ password: 'one' });
      expect(fake.requests.map((request) => request.path)).toContain(`production/data/_pending/${path}/${V1}`);
    },
  );
});

it('trusts the named CA, which is read when it is needed', async () => {
  client = await open({ caFile: 'missing.pem' });
  expect(await failureOf(client.read(ref, 'current'))).toMatchObject({ name: 'KeyFileInvalid' });
});

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendClient } from '../../lib/core/ports.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { type FakeVault, SECRET_ID, startFakeVault } from '../support/fake-vault.ts';
import { captureLog } from '../support/leak.ts';
import { pluginDeps, skippingClock } from '../support/plugin-deps.ts';
import { vaultLogin } from '../support/vault-login.ts';

const ref = { path: 'database/orders', fields: { password: 'pg_password' } };
const LOGIN = 'auth/approle/login';
const RENEW = 'auth/token/renew-self';
const REVOKE = 'auth/token/revoke-self';

let fake: FakeVault;
let login: ReturnType<typeof vaultLogin>;
const clock = skippingClock();
const log = captureLog();
const open = (auth: object = {}) => {
  const { config, deps } = login;
  return vault.create({ ...config, auth: { ...config.auth, ...auth } }, pluginDeps({ ...deps, clock, log }));
};
const useToken = (token: string) => {
  writeFileSync(join(login.baseDir, 'token'), `${token}\n`, { mode: 0o600 });
  fake.tokens.add(token);
  return vault.create(
    { ...login.config, auth: { method: 'token', tokenFile: 'token' } },
    pluginDeps({ ...login.deps, clock, log }),
  );
};
const calls = (path: string) => fake.requests.filter((request) => request.path === path).length;

beforeEach(async () => {
  fake = await startFakeVault();
  login = vaultLogin(fake.origin);
});
afterEach(() => fake.close());

describe('a login', () => {
  let client: BackendClient;
  beforeEach(async () => {
    client = await open();
  });

  it('is taken at the first call, once, and its token is gone after the last', async () => {
    expect(fake.requests).toEqual([]);
    await Promise.all([client.versions(ref), client.versions(ref)]);
    expect([calls(LOGIN), fake.tokens.size]).toEqual([1, 1]);
    await client.close?.();
    expect([calls(REVOKE), fake.tokens.size]).toEqual([1, 0]);
  });

  it('that was never needed ends nothing', async () => {
    await client.close?.();
    expect(fake.requests).toEqual([]);
  });

  it('is renewed when a third of its term is left', async () => {
    await client.versions(ref);
    await clock.sleep(590_000);
    await client.versions(ref);
    expect(calls(RENEW)).toBe(0);
    await clock.sleep(20_000);
    await Promise.all([client.versions(ref), client.versions(ref)]);
    expect([calls(RENEW), calls(LOGIN)]).toEqual([1, 1]);
  });

  it('is taken anew where its longest life is near, and leaves no token behind', async () => {
    await client.versions(ref);
    await clock.sleep(700_000);
    fake.intercept = ({ path }) =>
      path === RENEW
        ? { status: 200, body: { auth: { client_token: 't', lease_duration: 100, renewable: true } } }
        : undefined;
    await client.versions(ref);
    expect([calls(LOGIN), fake.tokens.size]).toEqual([2, 1]);
    await client.close?.();
    expect(fake.tokens.size).toBe(0);
  });

  it('is taken anew when the token is gone in mid-run, by all who need it at once', async () => {
    await client.versions(ref);
    fake.tokens.clear();
    await Promise.all([client.versions(ref), client.versions(ref)]);
    expect(calls(LOGIN)).toBe(2);
    await client.close?.();
    expect(fake.tokens.size).toBe(0);
  });

  it('is not taken anew for a refusal that a new token would meet again', async () => {
    fake.intercept = ({ path }) => (path.includes('/data/') ? { status: 403 } : undefined);
    await client.versions(ref);
    await expect(client.read(ref, 'current')).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(calls(LOGIN)).toBe(1);
  });

  it('that the server refuses is AccessDenied, and is tried again by the next call', async () => {
    writeFileSync(join(login.baseDir, 'secret-id'), 'stale');
    await expect(client.versions(ref)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.not.stringContaining('stale'),
    });
    writeFileSync(join(login.baseDir, 'secret-id'), SECRET_ID);
    expect(await client.versions(ref)).toEqual({ pending: [] });
  });

  it('by a method that is not mounted names where it looked', async () => {
    fake.intercept = ({ path }) =>
      path.startsWith('auth/team/') ? { status: 404, body: { errors: ['x'] } } : undefined;
    const elsewhere = await open({ mount: 'team/approle' });
    await expect(elsewhere.versions(ref)).rejects.toThrow('auth/team/approle/login');
  });

  it('whose file others may read is refused', async () => {
    chmodSync(join(login.baseDir, 'secret-id'), 0o640);
    await expect(client.versions(ref)).rejects.toMatchObject({ name: 'KeyFileExposed' });
  });

  it.each(['missing', 'role-id'])('whose file is missing or empty says which: %s', async (roleIdFile) => {
    writeFileSync(join(login.baseDir, 'role-id'), ' \n');
    const without = await open({ roleIdFile });
    await expect(without.versions(ref)).rejects.toMatchObject({
      name: 'KeyFileInvalid',
      message: expect.stringContaining(roleIdFile),
    });
  });

  it('that cannot be ended is told, and ends nothing else', async () => {
    await client.versions(ref);
    fake.sealed = true;
    await client.close?.();
    expect(log.text()).toContain('not revoked');
  });
});

describe('a token from a file', () => {
  it('is used as it is, and left alone', async () => {
    const client = await useToken('of-an-agent');
    await client.versions(ref);
    await client.close?.();
    expect([...fake.tokens]).toEqual(['of-an-agent']);
    expect(calls(REVOKE)).toBe(0);
  });

  it('is renewed when it is short', async () => {
    const client = await useToken('of-an-agent');
    await client.versions(ref);
    await clock.sleep(700_000);
    await client.versions(ref);
    expect(calls(RENEW)).toBe(1);
  });

  it('is read again when it is no longer good', async () => {
    const client = await useToken('first');
    await client.versions(ref);
    fake.tokens.delete('first');
    await useToken('second');
    expect(await client.versions(ref)).toEqual({ pending: [] });
    expect(fake.requests.at(-1)?.token).toBe('second');
  });

  it('that may not look at itself is taken to last', async () => {
    fake.intercept = ({ path }) => (path === 'auth/token/lookup-self' ? { status: 403 } : undefined);
    const client = await useToken('blind');
    await clock.sleep(10_000_000);
    expect(await client.versions(ref)).toEqual({ pending: [] });
    expect(calls(RENEW)).toBe(0);
  });
});

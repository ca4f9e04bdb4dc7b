import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { RotationError } from '../../lib/core/errors.ts';
import type { SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import {
  type Act,
  CHANGES,
  promoteFirst,
  promoteNext,
  ref,
  shownState,
  stageFirst,
  stageNext,
  V1,
  V2,
} from '../support/cut-off.ts';
import { type FakeVault, startFakeVault } from '../support/fake-vault.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { vaultLogin } from '../support/vault-login.ts';

type Fields = Record<string, unknown>;
const stored = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()), metadata: z.object({ version: z.number() }) }),
});

/** A server with the state before a change. */
async function prepared(before: readonly Act[]): Promise<FakeVault> {
  const fake = await startFakeVault();
  onTestFinished(fake.close);
  for (const act of before) await during(fake, act);
  return fake;
}

async function during(fake: FakeVault, act: Act): Promise<unknown> {
  const { config, deps } = vaultLogin(fake.origin);
  const client = await vault.create(config, pluginDeps(deps));
  try {
    return await act(client);
  } finally {
    await client.close?.();
  }
}

const stateOf = (fake: FakeVault) => during(fake, shownState);

const isWrite = (method: string, path: string) => method !== 'GET' && path.startsWith('production/');

describe.each(Object.entries(CHANGES))('%s', (_name, [before, act]) => {
  it('that loses its connection after any of its writes is completed by the next attempt', async () => {
    const clean = await prepared(before);
    const start = clean.requests.length;
    await during(clean, act);
    const expected = await stateOf(clean);
    const writes = clean.requests.slice(start).filter(({ method, path }) => isWrite(method, path)).length;
    expect(writes).toBeGreaterThan(0);
    for (let cut = 1; cut <= writes; cut += 1) {
      const fake = await prepared(before);
      let seen = 0;
      fake.losesReply = ({ method, path }) => isWrite(method, path) && ++seen === cut;
      await expect(during(fake, act), `write ${cut}`).rejects.toMatchObject({ name: 'OutcomeUnknown' });
      await during(fake, act);
      expect(await stateOf(fake), `write ${cut}`).toEqual(expected);
    }
  });
});

describe('what another writer did to the path', () => {
  const write = async (fake: FakeVault, cas: number, data: object) => {
    const body = JSON.stringify({ options: { cas }, data });
    await request(fake, { method: 'POST', body });
  };
  const rewrite = async (fake: FakeVault, change: (fields: Fields) => Fields): Promise<Fields> => {
    const found = stored.parse(await request(fake, {})).data;
    await write(fake, found.metadata.version, change(found.data));
    return found.data;
  };
  const request = async (fake: FakeVault, init: { method?: string; body?: string }): Promise<unknown> => {
    fake.tokens.add('of-a-person');
    const url = `${fake.origin}/v1/production/data/${ref.path}`;
    const reply = await fetch(url, { ...init, headers: { 'X-Vault-Token': 'of-a-person' } });
    expect(reply.status).toBe(200);
    return reply.json();
  };

  it('stays: fields of any kind that are no text', async () => {
    const fake = await prepared([stageFirst, promoteFirst, stageNext]);
    await rewrite(fake, (fields) => ({ ...fields, port: 5432, nested: { a: [null, 1] } }));
    await during(fake, promoteNext);
    const found = await rewrite(fake, (fields) => fields);
    expect(found).toMatchObject({ port: 5432, nested: { a: [null, 1] }, pg_password: 'two' });
  });

  it('stays, and nothing of our own earlier value beside it', async () => {
    const free: SecretRef = { path: ref.path, fields: {} };
    const put = (version: string, fields: Record<string, string>, before?: string): Act[] => [
      (client) => client.stage(free, version, Secret.of(fields)),
      (client) => client.promote(free, version, before),
    ];
    const fake = await prepared(put(V1, { url: 'one', channel: 'ops' }));
    await rewrite(fake, (fields) => ({ ...fields, port: 5432 }));
    for (const act of put(V2, { url: 'two' }, V1)) await during(fake, act);
    const found = await rewrite(fake, (fields) => fields);
    expect(
      Object.keys(found)
        .filter((name) => !name.startsWith('_keyturn.'))
        .sort(),
    ).toEqual(['port', 'url']);
  });

  it.each([
    ['removed the field', (fields: Fields) => ({ ...fields, pg_password: undefined })],
    ['made a number of it', (fields: Fields) => ({ ...fields, pg_password: 7 })],
    [
      'changed the record',
      (fields: Fields) =>
        Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, name.startsWith('_') ? '{}' : text])),
    ],
  ])('is told when it %s', async (_what, change) => {
    const fake = await prepared([stageFirst, promoteFirst]);
    await rewrite(fake, change);
    await expect(during(fake, (client) => client.read(ref, 'current'))).rejects.toMatchObject({ name: 'ValueCorrupt' });
  });

  it('is not taken for a value of ours', async () => {
    const fake = await prepared([]);
    await write(fake, 0, { pg_password: 'by hand' });
    await expect(during(fake, (client) => client.read(ref, 'current'))).rejects.toMatchObject({
      name: 'SecretNotFound',
    });
  });

  it('is a pending value of nobody where its mark is missing: every entry of the path shows it', async () => {
    const fake = await prepared([]);
    fake.intercept = ({ method }) => (method === 'PATCH' ? { status: 400, body: { errors: ['cut off'] } } : undefined);
    await expect(during(fake, stageFirst)).rejects.toBeInstanceOf(RotationError);
    fake.intercept = () => undefined;
    const other: SecretRef = { path: ref.path, fields: { key: 'api_key' } };
    expect(await during(fake, (client) => client.versions(other))).toMatchObject({ pending: [{ version: V1 }] });
  });
});

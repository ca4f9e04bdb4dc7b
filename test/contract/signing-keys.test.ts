import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Credential, PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { makeKey } from '../../lib/plugins/jwt/algorithms.ts';
import { adopted, publicKeys } from '../../lib/plugins/jwt/signing-ring.ts';
import { ringOf } from '../../lib/plugins/keyring/ring.ts';
import { jwtSigningKey } from '../../lib/plugins/secret-types/jwt-signing-key.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { startJwksServer } from '../support/jwks-server.ts';
import { pluginDeps, skippingClock } from '../support/plugin-deps.ts';
import { type RingHarness, type RingWorld, ringContract } from './staged-type-contract.ts';

type Published = 'RS256' | 'ES256' | 'EdDSA';

const random = { bytes: (length: number) => new Uint8Array(length) };
/** A key of somebody else in the same document. */
const FOREIGN = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'of-somebody-else',
};
const TIMES = { cacheAge: '10m', tokenLife: '1h', skew: '30s' };

const existing = async (name: Published): Promise<Credential> => {
  const value = Secret.of({ kid: 'made-by-hand', private_key: await makeKey(name, random) });
  const whole = adopted(value, name, '2025-01-01T00:00:00.000Z');
  if (whole === undefined) throw new Error('it was not adopted');
  return { version: 'a'.repeat(32), value: whole };
};

const documentOf = ({ value }: Credential) =>
  JSON.stringify({ issuer: 'https://login.test', keys: [FOREIGN, ...publicKeys(ringOf(value))] });

const kidsIn = (text: string) =>
  z.looseObject({ issuer: z.string(), keys: z.array(z.looseObject({ kid: z.string() })) }).parse(JSON.parse(text));

async function fileWorld(name: Published): Promise<RingWorld & { readonly file: string }> {
  const baseDir = mkdtempSync(join(tmpdir(), 'keyturn-jwks-'));
  const file = join(baseDir, 'jwks.json');
  const current = await existing(name);
  writeFileSync(file, documentOf(current), { mode: 0o644 });
  const world = worldOf(current, { algorithm: name, publish: { to: 'file', path: 'jwks.json' }, ...TIMES });
  const open =
    (path: string) =>
    (overrides: Partial<PluginDeps> = {}) =>
      jwtSigningKey.create({ ...world.config, publish: { to: 'file', path } }, world.deps({ baseDir, ...overrides }));
  return {
    ...world,
    file,
    open: open('jwks.json'),
    // A folder in the place of the file: nothing can be read or replaced there.
    openUnreachable: open('.'),
    serves: async (credential) => isListed(credential, readFileSync(file, 'utf8')),
    close: async () => rmSync(baseDir, { recursive: true }),
  };
}

async function httpWorld(name: Published) {
  const current = await existing(name);
  const server = await startJwksServer('of-the-publisher', documentOf(current));
  const secretHeaders = { Authorization: { value: 'Bearer {token}', from: { secret: 'production/api/publisher' } } };
  const publish = { to: 'http', url: server.url, secretHeaders };
  const world = worldOf(current, { algorithm: name, publish, ...TIMES });
  const fetch = guardedFetch();
  const credential = async () => Secret.of({ token: 'of-the-publisher' });
  const open =
    (url: string) =>
    (overrides: Partial<PluginDeps> = {}) =>
      jwtSigningKey.create(
        { ...world.config, publish: { ...publish, url } },
        world.deps({ fetch, credential, ...overrides }),
      );
  return {
    ...world,
    server,
    open: open(server.url),
    openUnreachable: open('http://127.0.0.1:1/jwks.json'),
    serves: async (credential: Credential) => isListed(credential, server.state.document ?? ''),
    close: server.close,
  };
}

const isListed = ({ value }: Credential, document: string) =>
  kidsIn(document).keys.some(({ kid }) => kid === value.field('kid'));

function worldOf(current: Credential, config: object) {
  const clock = skippingClock();
  return {
    config,
    current,
    deps: (overrides: Partial<PluginDeps>) => pluginDeps({ clock, ...overrides }),
    now: () => clock.now(),
    pass: (seconds: number) => void clock.sleep(seconds * 1000),
  };
}

const ALL = ['publish', 'switch', 'prune'] as const;
const HARNESSES: readonly RingHarness[] = [
  ...(['RS256', 'ES256', 'EdDSA'] as const).map((name) => ({
    label: `jwt-signing-key, ${name} in a file`,
    type: jwtSigningKey,
    stages: ALL,
    unreachable: 'StorageFailed',
    start: () => fileWorld(name),
  })),
  {
    label: 'jwt-signing-key, ES256 at a URL',
    type: jwtSigningKey,
    stages: ALL,
    unreachable: 'Unavailable',
    start: () => httpWorld('ES256'),
  },
];

describe.each(HARNESSES.map((harness) => [harness.label, harness] as const))('%s', (_label, harness) =>
  ringContract(harness),
);

describe('the document of a jwt-signing-key', () => {
  const publish = async (world: RingWorld) => {
    const client = await world.open();
    const value = await client.generate({
      current: world.current.value,
      version: 'b',
      generation: 1,
      stage: 'publish',
    });
    if (value === undefined) throw new Error('nothing was generated');
    return { client, change: { stage: 'publish', previous: world.current, next: { version: 'b', value } } as const };
  };

  it('keeps the keys of others, and what else it holds', async () => {
    const world = await fileWorld('ES256');
    const { client, change } = await publish(world);
    await client.install(change);
    const document = kidsIn(readFileSync(world.file, 'utf8'));
    expect(document.issuer).toBe('https://login.test');
    expect(document.keys).toHaveLength(3);
    expect(document.keys[0]).toEqual(FOREIGN);
    await world.close();
  });

  it('holds no private member of any key', async () => {
    for (const name of ['RS256', 'ES256', 'EdDSA'] as const) {
      const world = await fileWorld(name);
      const { client, change } = await publish(world);
      await client.install(change);
      const members = kidsIn(readFileSync(world.file, 'utf8')).keys.flatMap((key) => Object.keys(key));
      expect(members.filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(member))).toEqual([]);
      await world.close();
    }
  });

  it('is written again on top of what another writer put there meanwhile', async () => {
    const world = await httpWorld('ES256');
    const { client, change } = await publish(world);
    world.server.state.refuses = 2;
    expect(await client.install(change)).toBe('applied');
    expect(world.server.state.conditions).toHaveLength(3);
    expect(world.server.state.conditions.every((tag) => tag?.startsWith('"'))).toBe(true);
    world.server.state.refuses = 9;
    await expect(client.uninstall(change)).rejects.toMatchObject({ name: 'Conflict' });
    await world.close();
  });

  it('is made where there is none, and only there', async () => {
    const world = await httpWorld('ES256');
    const { client, change } = await publish(world);
    world.server.state.document = undefined;
    expect(await client.probe(world.current)).toBe('refused');
    expect((await client.prepare(world.current)).statements).toEqual([expect.stringContaining('made-by-hand')]);
    expect(await client.install(change)).toBe('applied');
    expect(world.server.state.conditions).toEqual(['*']);
    await world.close();
  });

  it.each(['<html>', '{"keys":1}', ''])('is never overwritten where it is something else: %j', async (text) => {
    const world = await httpWorld('ES256');
    const { client, change } = await publish(world);
    world.server.state.document = text;
    for (const work of [client.install(change), client.probe(world.current)])
      await expect(work).rejects.toMatchObject({ name: 'ValueCorrupt' });
    expect(world.server.state.document).toBe(text);
    await world.close();
  });

  it('needs the token of its publisher', async () => {
    const world = await httpWorld('ES256');
    const { change } = await publish(world);
    const client = await world.open({ credential: async () => Secret.of({ token: 'of a stranger' }) });
    await expect(client.install(change)).rejects.toMatchObject({ name: 'AccessDenied' });
    await world.close();
  });

  it('does not count with another key under the same id', async () => {
    const world = await httpWorld('ES256');
    const client = await world.open();
    world.server.state.document = documentOf(await existing('ES256'));
    expect(await client.probe(world.current)).toBe('refused');
    world.server.state.document = documentOf(await existing('RS256'));
    expect(await client.probe(world.current)).toBe('refused');
    await world.close();
  });
});

describe('HS256', () => {
  const target = { algorithm: 'HS256', publish: { to: 'secret' }, ...TIMES };

  it('is refused a document', async () => {
    const published = { ...target, publish: { to: 'file', path: 'jwks.json' } };
    await expect(jwtSigningKey.create(published, pluginDeps())).rejects.toThrow(
      /publish: HS256 keys are never published/,
    );
  });

  it('has a value without any published key, and claims to have proven nothing', async () => {
    const client = await jwtSigningKey.create(target, pluginDeps());
    const first = adopted(
      Secret.of({ kid: 'first', private_key: await makeKey('HS256', random) }),
      'HS256',
      '2025-01-01T00:00:00.000Z',
    );
    if (first === undefined) throw new Error('it was not adopted');
    const value = await client.generate({ current: first, version: 'b', generation: 1, stage: 'publish' });
    expect(value?.field('jwks')).toBe('{"keys":[]}');
    const next = { version: 'b', value: value ?? first };
    expect(await client.probe(next)).toBe('untested');
    expect(await client.install({ next, previous: next })).toBe('not-applied');
  });

  it('has an id that tells nothing of the key', async () => {
    const { freshKey } = await import('../../lib/plugins/jwt/signing-ring.ts');
    const { kid } = await freshKey('HS256', { bytes: (length) => new Uint8Array(length).fill(length) });
    expect(Buffer.from(kid, 'base64url')).toEqual(Buffer.alloc(16, 16));
  });
});

describe('a hand-made signing key', () => {
  const target = { algorithm: 'ES256', publish: { to: 'file', path: 'jwks.json' }, ...TIMES };
  const complete = (fields: Record<string, string>) =>
    jwtSigningKey.adoption?.complete(Secret.of(fields), target, '2025-01-01T00:00:00.000Z');

  it('becomes a ring of one', async () => {
    const key = await makeKey('ES256', random);
    const value = complete({ kid: 'mine', private_key: key });
    expect(value?.field('private_key')).toBe(key);
    expect(jwtSigningKey.valueProblem?.(value ?? Secret.of({}), target)).toBeUndefined();
  });

  it.each([
    ['of another algorithm', async () => ({ kid: 'mine', private_key: await makeKey('RS256', random) })],
    ['that is no key', async () => ({ kid: 'mine', private_key: 'secret!' })],
    ['with an id that fits in no header', async () => ({ kid: 'a\nb', private_key: await makeKey('ES256', random) })],
  ])('is refused one %s', async (_, fields) => {
    expect(complete(await fields())).toBeUndefined();
  });

  it('is refused when a field does not follow from its ring', async () => {
    const { value } = await existing('ES256');
    const problem = (change: object) =>
      jwtSigningKey.valueProblem?.(Secret.of({ ...value.reveal(), ...change }), target);
    expect(problem({ kid: 'another' })).toMatch(/do not follow from its field keyring/);
    expect(problem({ keyring: 'secret!' })).toMatch(/is no key ring/);
    const two = { keys: ringOf(value).keys.flatMap((key) => [key, { ...key, kid: 'two' }]) };
    expect(problem({ keyring: JSON.stringify(two) })).toMatch(/expected one active key/);
  });
});

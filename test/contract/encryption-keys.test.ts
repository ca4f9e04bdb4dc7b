import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Credential, SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import type { Stage } from '../../lib/core/rotation.ts';
import { Secret } from '../../lib/core/secret.ts';
import { makeKey, unwrap, wrap } from '../../lib/plugins/encryption/wrapping.ts';
import { keyOf, ringOf } from '../../lib/plugins/keyring/ring.ts';
import { encryptionKey } from '../../lib/plugins/secret-types/encryption-key.ts';
import {
  type EncryptionWorld,
  envelopeWorld,
  filesData,
  openedBy,
  tableData,
  transitWorld,
} from '../support/encryption-worlds.ts';
import { type FakeTransit, startFakeTransit } from '../support/fake-transit.ts';
import { FAKE_MOUNT } from '../support/fake-vault.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { type TestServer, testServer } from '../support/postgres.ts';
import { type RingHarness, ringContract } from './staged-type-contract.ts';

let postgres: TestServer;
beforeAll(async () => {
  postgres = await testServer();
});
afterAll(() => postgres.stop());

const replied = z.object({ data: z.record(z.string(), z.string()).optional() });

async function fakeTransitWorld(): Promise<EncryptionWorld & { readonly fake: FakeTransit }> {
  const fake = await startFakeTransit();
  const token = 'hvs.of-the-test';
  fake.tokens.add(token);
  const ask = async (path: string, json: object) => {
    const reply = await fetch(`${fake.origin}/v1/${FAKE_MOUNT}/${path}/orders`, {
      method: 'POST',
      headers: { 'X-Vault-Token': token },
      body: JSON.stringify(json),
    });
    return replied.parse(await reply.json()).data ?? {};
  };
  const server = {
    address: fake.origin,
    mount: FAKE_MOUNT,
    key: 'orders',
    login: {},
    encrypt: async (plain: string) =>
      (await ask('encrypt', { plaintext: Buffer.from(plain).toString('base64') })).ciphertext ?? '',
    decrypt: async (ciphertext: string) => (await ask('decrypt', { ciphertext })).plaintext,
    close: fake.close,
  };
  return { ...(await transitWorld(server, await filesData())), fake };
}

const ENVELOPE = { type: encryptionKey, stages: ['publish', 'switch', 'prune'] } as const;
const HARNESSES: readonly RingHarness[] = [
  {
    ...ENVELOPE,
    label: 'envelope in files',
    unreachable: 'StorageFailed',
    start: async () => envelopeWorld(await filesData()),
  },
  {
    ...ENVELOPE,
    label: 'envelope in a table',
    unreachable: 'Unavailable',
    start: async () => envelopeWorld(await tableData(postgres)),
  },
  {
    label: 'vault-transit on a fake',
    type: encryptionKey,
    stages: ['switch'],
    unreachable: 'Unavailable',
    start: fakeTransitWorld,
  },
];

describe.each(HARNESSES.map((harness) => [harness.label, harness] as const))('encryption-key, %s', (_label, harness) =>
  ringContract(harness),
);

/** Walks the stages as the flow does. */
async function step(client: SecretTypeClient, stage: Stage, previous: Credential): Promise<Switch> {
  const version = stage.padEnd(32, '0');
  const value = await client.generate({ current: previous.value, version, generation: 1, stage });
  if (value === undefined) throw new Error(`${stage} has nothing to do`);
  const change = { stage, previous, next: { version, value } };
  await client.install(change);
  return change;
}

const PLACES = [
  ['files', filesData],
  ['a table', () => tableData(postgres)],
] as const;

describe.each(PLACES)('data keys in %s', (_label, data) => {
  const world = async () => envelopeWorld(await data());

  it('are opened by every ring of a rotation, and at the end by the new key alone', async () => {
    const { open, current, data: place, plain, close } = await world();
    const client = await open();
    const first = await step(client, 'publish', current);
    expect(openedBy(first.next, await place.all())).toEqual(plain);
    const second = await step(client, 'switch', first.next);
    expect(openedBy(second.next, await place.all())).toEqual(plain);
    expect(await client.quiet(second)).toEqual({
      quiet: false,
      why: expect.stringMatching(/^5 of the .* under an old key$/),
    });
    expect(await client.rewrap?.(second)).toEqual({ remaining: 0 });
    expect(await client.quiet(second)).toMatchObject({ quiet: true });
    await client.retire(second);
    const last = await step(client, 'prune', second.next);
    expect(openedBy(last.next, await place.all())).toEqual(plain);
    expect(openedBy(current, await place.all())).toEqual(plain.map(() => undefined));
    await close();
  });

  it('are rewrapped a part at a time, and from where it was left', async () => {
    const { open, current, data: place, plain, close } = await world();
    const [first, second] = [await step(await open(), 'publish', current), await open()];
    const change = await step(second, 'switch', first.next);
    let now = 0;
    // Each look at the clock takes longer than one call may.
    const hasty = await open({ clock: { now: () => (now += 60_000), sleep: async () => undefined } });
    expect(await hasty.rewrap?.(change)).toEqual({ remaining: 3 });
    expect(openedBy(change.next, await place.all())).toEqual(plain);
    expect(await hasty.rewrap?.(change)).toEqual({ remaining: 1 });
    expect(await hasty.rewrap?.(change)).toEqual({ remaining: 0 });
    expect(openedBy(change.next, await place.all())).toEqual(plain);
    await close();
  });

  it('keep the old key as long as one is under it', async () => {
    const { open, current, data: place, close } = await world();
    const client = await open();
    const change = await step(client, 'switch', (await step(client, 'publish', current)).next);
    await client.rewrap?.(change);
    await place.add(wrap(keyOf(ringOf(current.value)), Buffer.from('late'), pluginDeps().random));
    expect(await client.quiet(change)).toMatchObject({ quiet: false });
    await expect(client.retire(change)).rejects.toMatchObject({ name: 'StillInUse' });
    expect(await client.probe(current)).toBe('accepted');
    expect(await client.rewrap?.(change)).toEqual({ remaining: 0 });
    expect(await client.retire(change)).toBe('applied');
    await close();
  });

  it('stop a rotation before it begins where the ring does not have their key', async () => {
    const { open, current, data: place, close } = await world();
    const client = await open();
    const stranger = {
      kid: 'a-strangers',
      material: makeKey(pluginDeps().random),
      state: 'active',
      since: '',
    } as const;
    await place.add(wrap(stranger, Buffer.from('x'), pluginDeps().random));
    await expect(step(client, 'publish', current)).rejects.toMatchObject({
      name: 'TargetNotPrepared',
      message: expect.stringContaining('under a-strangers'),
    });
    expect((await client.prepare(current)).statements).toEqual([expect.stringContaining('under a-strangers')]);
    await close();
  });

  it('are left alone where they do not open, and named', async () => {
    const { open, current, data: place, close } = await world();
    const client = await open();
    await place.add(
      wrap(
        { ...keyOf(ringOf(current.value)), material: makeKey(pluginDeps().random) },
        Buffer.from('x'),
        pluginDeps().random,
      ),
    );
    const before = await place.all();
    const change = await step(client, 'switch', (await step(client, 'publish', current)).next);
    const failure = await client.rewrap?.(change).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ValueCorrupt', message: expect.stringMatching(/, (deep\/6\.key|7): /) });
    expect((await place.all()).at(-1)).toBe(before.at(-1));
    await close();
  });

  it('have a register without any key', async () => {
    const { open, current, data: place, close } = await world();
    const client = await open();
    const change = await step(client, 'publish', current);
    const text = await place.register();
    for (const { kid, material = '' } of ringOf(change.next.value).keys) {
      expect(text).toContain(`"${kid}"`);
      expect(text).not.toContain(material);
    }
    await close();
  });

  it('are refused with the wrong key for their own', async () => {
    const { open, current, close } = await world();
    const value = encryptionKey.adoption?.complete(
      Secret.of({ kid: current.value.field('kid') ?? '', key: makeKey(pluginDeps().random) }),
      { adapter: 'envelope', data: { in: 'files', folder: 'data', suffix: '.key' } },
      '2025-01-01T00:00:00.000Z',
    );
    expect(await (await open()).probe({ version: 'x', value: value ?? Secret.of({}) })).toBe('refused');
    await close();
  });
});

describe('a key of Transit', () => {
  it('is rotated once, whatever is repeated or lost', async () => {
    const { fake, open, current, close } = await fakeTransitWorld();
    const client = await open();
    fake.losesReply = ({ path }) => path.endsWith('/rotate') && fake.key.rotations === 1;
    await expect(step(client, 'switch', current)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    fake.losesReply = () => false;
    await step(client, 'switch', current);
    expect(fake.key).toMatchObject({ latest: 2, rotations: 1 });
    await close();
  });

  it('has nothing to publish and nothing to prune', async () => {
    const { open, current, close } = await fakeTransitWorld();
    const client = await open();
    for (const stage of ['publish', 'prune'] as const)
      expect(await client.generate({ current: current.value, version: 'x', generation: 1, stage })).toBeUndefined();
    await close();
  });

  it('has its ciphertexts rewrapped by Transit, which loses none', async () => {
    const { fake, open, current, data, close } = await fakeTransitWorld();
    const client = await open();
    const change = await step(client, 'switch', current);
    expect(await client.quiet(change)).toMatchObject({ quiet: false });
    await expect(client.retire(change)).rejects.toMatchObject({ name: 'StillInUse' });
    expect(await client.rewrap?.(change)).toEqual({ remaining: 0 });
    expect((await data.all()).every((text) => text.startsWith('vault:v2:'))).toBe(true);
    expect(await client.retire(change)).toBe('applied');
    expect(fake.key.least).toBe(2);
    await close();
  });

  it('takes up a version that somebody else has made', async () => {
    const { fake, open, current, close } = await fakeTransitWorld();
    fake.key.latest = 3;
    const client = await open();
    const change = await step(client, 'switch', current);
    expect([change.next.value.field('kid'), fake.key.rotations]).toEqual(['v3', 0]);
    await close();
  });

  it('is missed before anything changes', async () => {
    const { open, current, config, deps, close } = await fakeTransitWorld();
    await open();
    const client = await encryptionKey.create({ ...config, key: 'nowhere' }, deps());
    await expect(client.prepare(current)).rejects.toMatchObject({ name: 'TargetNotPrepared' });
    await expect(step(client, 'switch', current)).rejects.toMatchObject({ name: 'TargetNotPrepared' });
    await close();
  });
});

describe('the wrapping', () => {
  const { random } = pluginDeps();
  const key = { kid: 'k-1', state: 'active', since: '', material: makeKey(random) } as const;

  it('opens what it sealed, and says under which key it is', () => {
    const text = wrap(key, Buffer.from('data key'), random);
    expect(text).toMatch(/^kt1\.k-1\.[A-Za-z0-9_-]+$/);
    expect(unwrap(key, text)?.toString()).toBe('data key');
    expect(wrap(key, Buffer.from('data key'), random)).not.toBe(text);
  });

  it.each([
    ['under another id', (text: string) => text.replace('k-1', 'k-2')],
    ['with one bit changed', (text: string) => text.slice(0, -2) + (text.endsWith('AA') ? 'BB' : 'AA')],
    ['cut off', (text: string) => text.slice(0, 30)],
    ['with a part more', (text: string) => `${text}.x`],
    ['that is something else', () => 'hello'],
  ])('does not open a text %s', (_, change) => {
    const text = change(wrap(key, Buffer.from('data key'), random));
    expect(unwrap({ ...key, kid: 'k-2' }, text)).toBeUndefined();
    expect(unwrap(key, text)).toBeUndefined();
  });
});

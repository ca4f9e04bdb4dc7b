import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Credential, PluginDeps, SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import type { Secret } from '../../lib/core/secret.ts';
import { postgresql } from '../../lib/plugins/secret-types/postgresql.ts';
import { assertNoLeak, captureLog } from '../support/leak.ts';
import { made } from '../support/made.ts';
import type { Running } from '../support/running.ts';
import { nameOf } from './issuer-contract.ts';

/** A login of a real PostgreSQL whose password a static role rotates. */
export interface VaultRoleWorld {
  readonly config: { readonly vault: object } & Readonly<Record<string, unknown>>;
  readonly current: Credential;
  /** A role of the same engine that is dynamic. */
  readonly dynamic: string;
  open(more?: object, overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  /** With a login that the server refuses. */
  openDenied(overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  /** What the engine does by its own schedule. */
  rotateByItself(): Promise<void>;
  /** Gives the login a password that the engine does not know. */
  breakAway(): Promise<void>;
  use(credential: Credential): Promise<Running>;
  close(): Promise<void>;
}

/** What a static role holds, at an engine that is real or not. */
export const vaultRoleContract = (start: () => Promise<VaultRoleWorld>) => {
  let world: VaultRoleWorld;
  let client: SecretTypeClient;
  beforeEach(async () => {
    world = await start();
    client = await world.open();
  });
  afterEach(() => world.close());

  const request = (current: Secret) => ({ current, version: 'b'.repeat(32), generation: 1 }) as const;
  const rotated = async (opened = client): Promise<Switch> => {
    const value = await made(opened, request(world.current.value));
    return { previous: world.current, next: { version: 'b'.repeat(32), value } };
  };
  const states = async ({ previous, next }: Switch) => [await client.probe(previous), await client.probe(next)];

  it('declares that it has one slot and no way back, and what it changes', () => {
    expect(postgresql.overlap(world.config)).toEqual({ kind: 'single', maxGapSeconds: 60, oneWay: true });
    expect(postgresql.identities(world.config)).toHaveLength(2);
  });

  it('has the engine make the value: it is accepted, and the old one refused', async () => {
    const change = await rotated();
    expect(await states(change)).toEqual(['refused', 'accepted']);
    expect(change.next.value.field('username')).toBe(world.current.value.field('username'));
    expect(await client.install(change)).toBe('not-applied');
  });

  it('makes no second value for a call that was cut off behind the first', async () => {
    const first = await rotated();
    const second = await rotated();
    expect(second.next.value.equals(first.next.value)).toBe(true);
  });

  it('takes what the engine made by its own schedule', async () => {
    await world.rotateByItself();
    expect(await states(await rotated())).toEqual(['refused', 'accepted']);
  });

  it('says that the engine has rotated once more', async () => {
    const change = await rotated();
    await world.rotateByItself();
    expect(await nameOf(client.install(change))).toBe('Conflict');
  });

  it('ends the sessions of the old password, and only those, once', async () => {
    const old = await world.use(world.current);
    const change = await rotated();
    const asked = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(asked + 100));
    const installed = { ...change, installedAt: Date.now() };
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(installed.installedAt + 100));
    const fresh = await world.use(change.next);
    expect(await client.quiet(installed)).toMatchObject({ quiet: false });
    expect((await client.sessions(installed)).map(({ application }) => application)).toEqual(['orders', 'orders']);
    expect(await client.retire(installed)).toBe('applied');
    expect([await old.alive(), await fresh.alive()]).toEqual([false, true]);
    expect(await client.retire(installed)).toBe('not-applied');
    expect(await client.quiet(installed)).toMatchObject({ quiet: true });
  });

  it('has no way back, and needs none before it made anything', async () => {
    const next = { version: 'c'.repeat(32), value: world.current.value };
    expect(await client.uninstall({ previous: world.current, next })).toBe('not-applied');
    expect(await nameOf(client.uninstall(await rotated()))).toBe('NoWayBack');
  });

  it.each([
    ['a dynamic role', () => ({ role: world.dynamic }), /dynamic.*lease.*static-roles/],
    ['no role', () => ({ role: 'nobody' }), /no such static role/],
  ])('is not prepared where there is %s', async (_label, change, why) => {
    const wrong = await world.open({ vault: { ...world.config.vault, ...change() } });
    await expect(rotated(wrong)).rejects.toMatchObject({
      name: 'TargetNotPrepared',
      message: expect.stringMatching(why),
    });
    expect((await wrong.prepare(world.current)).blocked.join()).toMatch(why);
  });

  it('is not prepared where the role is of another login', async () => {
    const wrong = await world.open({ username: 'somebody_else' });
    expect(await nameOf(rotated(wrong))).toBe('TargetNotPrepared');
    expect((await wrong.prepare(world.current)).blocked.join()).toMatch(/somebody_else/);
    expect(await client.probe(world.current)).toBe('accepted');
  });

  it('is prepared otherwise', async () => {
    expect(await client.prepare(world.current)).toEqual({ statements: [], blocked: [] });
  });

  it('changes nothing where the server refuses what the engine holds', async () => {
    await world.breakAway();
    expect(await nameOf(rotated())).toBe('CurrentRefused');
    expect(await nameOf(client.prepare(world.current))).toBe('CurrentRefused');
  });

  it('tells a refused login from a dead host', async () => {
    expect(await nameOf(rotated(await world.openDenied()))).toBe('AccessDenied');
    const dead = { ...world.config.vault, address: 'http://127.0.0.1:1' };
    expect(await nameOf(rotated(await world.open({ vault: dead })))).toBe('Unavailable');
    expect(await nameOf(rotated(await world.open({ port: 1 })))).toBe('Unavailable');
  });

  it('lets no password out, in success or failure', async () => {
    const log = captureLog();
    const outcomes: unknown[] = [];
    const keep = async (work: Promise<unknown>) => outcomes.push(await work.catch((error: unknown) => error));
    const change = await rotated(await world.open({}, { log }));
    for (const opened of [
      await world.open({}, { log }),
      await world.openDenied({ log }),
      await world.open({ port: 1 }, { log }),
    ]) {
      await keep(opened.generate(request(world.current.value)));
      await keep(opened.prepare(world.current));
      for (const method of ['install', 'quiet', 'sessions', 'uninstall', 'retire'] as const)
        await keep(opened[method](change));
    }
    const shown = outcomes.flatMap((it) => [
      inspect(it, { depth: 9, showHidden: true }),
      JSON.stringify(it),
      String(it),
    ]);
    for (const { value } of [change.previous, change.next])
      assertNoLeak(shown.join('\n') + log.text(), value.field('password') ?? '', 'vault-static-role');
  });
};

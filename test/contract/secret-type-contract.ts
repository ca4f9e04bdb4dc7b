import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRotationError } from '../../lib/core/errors.ts';
import type { Clock, Credential, PluginDeps, SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { secretTypes } from '../../lib/plugins/secret-types/index.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { made } from '../support/made.ts';
import type { Running } from '../support/running.ts';

/** A target with one credential in use, as the suite needs it of every secret type. */
export interface TypeWorld {
  readonly config: object;
  /** Nothing listens there. */
  readonly unreachable: object;
  readonly current: Credential;
  open(config?: object, overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  /** The next version after `from`, which is the current one when absent. */
  successor(from?: Credential): Promise<Switch>;
  /** A consumer that stays logged in. */
  use(credential: Credential): Promise<Running>;
  /** A credential whose admin login is refused. */
  readonly foreignAdmin: Secret;
  /** The clock of the opened clients. */
  readonly clock: Pick<Clock, 'now'>;
  /** Resolves when what begins now began clearly later, also by the reckoning of a server with a clock of its own. */
  later(): Promise<void>;
  close(): Promise<void>;
}

export interface TypeHarness {
  readonly type: string;
  readonly label: string;
  readonly overlap: 'dual' | 'single';
  /** What each generated field must look like, and the entropy of the secret one. */
  readonly policy: { readonly field: string; readonly pattern: RegExp; readonly alphabet: number };
  start(value?: string): Promise<TypeWorld>;
}

/** What a call gives, or the error that it throws. */
const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const nameOf = async (work: Promise<unknown>): Promise<string> => {
  const outcome = await outcomeOf(work);
  return isRotationError(outcome) ? outcome.name : `no RotationError: ${String(outcome)}`;
};

/** What every secret type holds, on the target that the harness brings. */
export const secretTypeContract = (harness: TypeHarness) => {
  let world: TypeWorld;
  let client: SecretTypeClient;
  beforeEach(async () => {
    world = await harness.start();
    client = await world.open();
  });
  afterEach(() => world.close());

  const installed = async (change: Switch): Promise<Switch> => {
    await client.install(change);
    const installedAt = world.clock.now();
    await world.later();
    return { ...change, installedAt };
  };
  const states = async ({ previous, next }: Switch) => [await client.probe(previous), await client.probe(next)];

  it('declares how it overlaps', () => {
    const plugin = secretTypes.find(({ name }) => name === harness.type);
    expect(plugin?.overlap(world.config).kind).toBe(harness.overlap);
    expect(plugin?.identities(world.config).length).toBeGreaterThan(0);
  });

  it('generates values of the declared policy and entropy, 10,000 times', async () => {
    const { field, pattern, alphabet } = harness.policy;
    const counts = new Map<string, number>();
    const seen = new Set<string>();
    for (let run = 0; run < 10_000; run += 1) {
      const request = { current: world.current.value, version: 'b'.repeat(32), generation: 1 } as const;
      const value = (await made(client, request)).field(field) ?? '';
      if (!pattern.test(value)) expect.unreachable(`run ${run} breaks ${pattern}`);
      seen.add(value);
      for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(seen.size).toBe(10_000);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const expected = total / alphabet;
    // Chi squared with alphabet - 1 degrees of freedom: beyond six standard deviations chance is no explanation.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(alphabet);
    expect(chi).toBeLessThan(alphabet - 1 + 6 * Math.sqrt(2 * (alphabet - 1)));
    expect((total / 10_000) * Math.log2(alphabet)).toBeGreaterThanOrEqual(256);
  });

  it('installs once, whatever is repeated', async () => {
    const change = await world.successor();
    expect(await client.install(change)).toBe('applied');
    expect(await client.install(change)).toBe('not-applied');
    expect(await client.probe(change.next)).toBe('accepted');
  });

  it('keeps the old credential as long as the overlap says', async () => {
    const running = await world.use(world.current);
    const change = await installed(await world.successor());
    expect(await states(change)).toEqual([harness.overlap === 'dual' ? 'accepted' : 'refused', 'accepted']);
    expect(await running.alive()).toBe(true);
    expect(await client.quiet(change)).toMatchObject({ quiet: false });
  });

  it('retires the old credential with its sessions, and only that, once', async () => {
    const old = await world.use(world.current);
    const change = await installed(await world.successor());
    const fresh = await world.use(change.next);
    expect(await client.retire(change)).toBe('applied');
    expect(await states(change)).toEqual(['refused', 'accepted']);
    expect([await old.alive(), await fresh.alive()]).toEqual([false, true]);
    expect(await client.quiet(change)).toMatchObject({ quiet: true });
    expect(await client.retire(change)).toBe('not-applied');
    expect(await fresh.alive()).toBe(true);
  });

  it('uninstalls the new credential with its sessions, once, and can install another', async () => {
    const change = await installed(await world.successor());
    const fresh = await world.use(change.next);
    expect(await client.uninstall(change)).toBe('applied');
    expect(await states(change)).toEqual(['accepted', 'refused']);
    expect(await fresh.alive()).toBe(false);
    expect(await client.uninstall(change)).toBe('not-applied');
    const again = await world.successor();
    expect(await client.install(again)).toBe('applied');
    expect(await client.probe(again.next)).toBe('accepted');
  });

  it('uninstalls what was never installed without harm', async () => {
    const change = await world.successor();
    expect(await client.uninstall(change)).toBe('not-applied');
    expect(await states(change)).toEqual(['accepted', 'refused']);
  });

  it('lists the sessions of both credentials', async () => {
    const change = await installed(await world.successor());
    await world.use(change.next);
    const sessions = await client.sessions(change);
    expect(sessions.map(({ application }) => application)).toEqual(['orders-api']);
    expect(sessions[0]?.startedAt).toBeGreaterThanOrEqual(change.installedAt ?? Infinity);
  });

  it('rotates three times in a row', async () => {
    let current = world.current;
    for (let round = 0; round < 3; round += 1) {
      const change = await installed(await world.successor(current));
      await client.retire(change);
      expect(await states(change)).toEqual(['refused', 'accepted']);
      current = change.next;
    }
  });

  it('says what is missing without doing it, and nothing once it is done', async () => {
    const before = await client.prepare(world.current);
    expect(await client.prepare(world.current)).toEqual(before);
    expect(before.blocked).toEqual([]);
    const first = await installed(await world.successor());
    await client.retire(first);
    const second = await installed(await world.successor(first.next));
    await client.retire(second);
    expect(await client.prepare(second.next)).toEqual({ statements: [], blocked: [] });
  });

  it('tells a refused login from a dead host', async () => {
    const change = await world.successor();
    const dead = await world.open(world.unreachable);
    const denied = await world.open(undefined, { credential: async () => world.foreignAdmin });
    expect(await client.probe(change.next)).toBe('refused');
    for (const method of ['install', 'uninstall', 'quiet', 'retire', 'sessions'] as const) {
      expect([method, await nameOf(dead[method](change))]).toEqual([method, 'Unavailable']);
    }
    expect(await nameOf(dead.probe(change.next))).toBe('Unavailable');
    expect(await nameOf(dead.prepare(world.current))).toBe('Unavailable');
    expect(await nameOf(denied.install(change))).toBe('AccessDenied');
    expect(await nameOf(denied.prepare(world.current))).toBe('AccessDenied');
  });

  it('has the current credential log in before the admin one is read', async () => {
    const asked: string[] = [];
    const credential = async (secretId: string) => {
      asked.push(secretId);
      return world.foreignAdmin;
    };
    const change = await world.successor();
    const guarded = await world.open(undefined, { credential });
    const strangers = {
      next: change.next,
      previous: {
        ...world.current,
        value: Secret.of({ ...world.current.value.reveal(), [harness.policy.field]: 'stranger' }),
      },
    };
    for (const method of ['install', 'uninstall', 'quiet', 'retire', 'sessions'] as const) {
      expect([method, await nameOf(guarded[method](strangers))]).toEqual([method, 'CurrentRefused']);
    }
    expect(asked).toEqual([]);
  });

  describe('with a canary in both credentials', () => {
    let canaries: TypeWorld;
    beforeEach(async () => {
      canaries = await harness.start(CANARY);
    });
    afterEach(() => canaries.close());

    it('lets it out nowhere, in success or failure', async () => {
      const log = captureLog();
      const { next: made, previous } = await canaries.successor();
      const next = { ...made, value: Secret.of({ ...made.value.reveal(), [harness.policy.field]: `${CANARY}2` }) };
      const change = { next, previous, installedAt: world.clock.now() };
      const outcomes: unknown[] = [];
      const use = async (opened: SecretTypeClient) => {
        const request = { current: previous.value, version: made.version, generation: 1 } as const;
        outcomes.push(await outcomeOf(opened.generate(request)));
        for (const credential of [previous, next]) {
          outcomes.push(await outcomeOf(opened.probe(credential)), await outcomeOf(opened.prepare(credential)));
        }
        for (const method of [
          'install',
          'sessions',
          'quiet',
          'uninstall',
          'install',
          'retire',
          'retire',
          'uninstall',
        ] as const) {
          outcomes.push(await outcomeOf(opened[method](change)));
        }
      };
      const failing = async () => Secret.of({ ...canaries.foreignAdmin.reveal(), [harness.policy.field]: CANARY });
      await use(await canaries.open(undefined, { log, credential: failing }));
      await use(await canaries.open(canaries.unreachable, { log }));
      await use(await canaries.open(undefined, { log }));
      expect(outcomes).toContain('applied');
      const shown = outcomes.flatMap((outcome) => [
        inspect(outcome, { depth: 9, showHidden: true }),
        JSON.stringify(outcome),
        String(outcome),
        outcome instanceof Error ? (outcome.stack ?? '') : '',
      ]);
      assertNoLeak([...shown, log.text()].join('\n'), CANARY);
    });
  });
};

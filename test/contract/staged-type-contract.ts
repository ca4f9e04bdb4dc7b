import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Credential, PluginDeps, SecretTypeClient, SecretTypePlugin, Switch } from '../../lib/core/ports.ts';
import type { Stage } from '../../lib/core/rotation.ts';
import { Secret } from '../../lib/core/secret.ts';
import { keyOf, type Ring, ringOf } from '../../lib/plugins/keyring/ring.ts';
import { assertNoLeak, captureLog } from '../support/leak.ts';
import { nameOf, outcomeOf } from './issuer-contract.ts';

/** A target with one key in use, as the suite needs it of every type of key ring. */
export interface RingWorld {
  readonly config: object;
  /** A key that was in use before Keyturn knew of it. */
  readonly current: Credential;
  open(overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  /** Of a target that cannot be reached. */
  openUnreachable(overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  now(): number;
  /** Lets time pass, in seconds. */
  pass(seconds: number): void;
  /** Whether what the key signed or encrypted before is still good, by the target's own account. */
  serves(credential: Credential): Promise<boolean>;
  close(): Promise<void>;
}

export interface RingHarness {
  readonly label: string;
  readonly type: SecretTypePlugin;
  /** The stages that have something to change. */
  readonly stages: readonly Stage[];
  /** What a target that is not there is. */
  readonly unreachable: string;
  start(): Promise<RingWorld>;
}

const version = (run: number, stage: Stage) => `${run}${stage}`.padEnd(32, '0');
const statesIn = ({ keys }: Ring) => keys.map(({ state }) => state);

/** What every type of the flow `keyring` holds, on the target that the harness brings. */
export function ringContract(harness: RingHarness): void {
  let world: RingWorld;
  let client: SecretTypeClient;
  beforeEach(async () => {
    world = await harness.start();
    client = await world.open();
  });
  afterEach(() => world.close());

  const has = (stage: Stage) => harness.stages.includes(stage);
  const waits = () => harness.type.waits(world.config);
  /** The change of one stage; undefined where it has nothing to do. */
  const stageOf = async (stage: Stage, previous: Credential, run = 1): Promise<Switch | undefined> => {
    const request = { current: previous.value, version: version(run, stage), generation: 1, stage } as const;
    const value = await client.generate(request);
    return value && { stage, previous, next: { version: request.version, value } };
  };
  const must = async (stage: Stage, previous: Credential, run = 1): Promise<Switch> => {
    const change = await stageOf(stage, previous, run);
    if (change === undefined) throw new Error(`${stage} has nothing to do`);
    return change;
  };
  const installed = async (change: Switch): Promise<Switch> => {
    await client.install(change);
    return { ...change, installedAt: world.now(), switchedAt: world.now() };
  };
  const upTo = async (stage: 'publish' | 'switch', from: Credential, run = 1): Promise<Switch> => {
    const first = has('publish') ? await installed(await must('publish', from, run)) : undefined;
    if (stage === 'publish' && first !== undefined) return first;
    return installed(await must('switch', first?.next ?? from, run));
  };
  const rewrapped = async (change: Switch): Promise<void> => {
    for (let calls = 0; calls < 100; calls += 1) {
      const left = await client.rewrap?.(change);
      if ((left?.remaining ?? 0) === 0) return;
    }
    throw new Error('it is never done');
  };
  const rotated = async (from: Credential, run = 1): Promise<Credential> => {
    const change = await upTo('switch', from, run);
    await rewrapped(change);
    world.pass((waits().switch ?? 0) + 1);
    await client.retire(change);
    const last = await stageOf('prune', change.next, run);
    if (last === undefined) return change.next;
    await client.install(last);
    return last.next;
  };

  it('accepts the key that was there', async () => {
    expect(await client.probe(world.current)).toBe('accepted');
    expect(await client.prepare(world.current)).toEqual({ statements: [], blocked: [] });
  });

  it('declares that two keys are good at once', () => {
    expect(harness.type).toMatchObject({ flow: 'keyring' });
    expect(harness.type.overlap(world.config)).toEqual({ kind: 'dual' });
  });

  it('makes values that its own check takes, with one key in use', async () => {
    const change = await upTo('switch', world.current);
    const values = [world.current.value, change.previous.value, change.next.value];
    for (const value of values) {
      expect(value.names().toSorted()).toEqual(harness.type.fields.toSorted());
      expect(harness.type.valueProblem?.(value, world.config)).toBeUndefined();
      expect(statesIn(ringOf(value)).filter((state) => state === 'active')).toHaveLength(1);
    }
    expect(keyOf(ringOf(change.next.value)).kid).not.toBe(keyOf(ringOf(world.current.value)).kid);
    expect(statesIn(ringOf(change.next.value))).toEqual(['deactivated', 'active']);
  });

  if (has('publish')) {
    it('publishes what is new beside the old, once', async () => {
      const change = await must('publish', world.current);
      expect(statesIn(ringOf(change.next.value))).toEqual(['active', 'pre-activation']);
      expect(await client.probe(change.next, 'newest')).toBe('refused');
      expect([await client.install(change), await client.install(change)]).toEqual(['applied', 'not-applied']);
      expect(await client.probe(change.next, 'newest')).toBe('accepted');
      expect(await client.probe(change.next)).toBe('accepted');
      expect(await client.probe(world.current)).toBe('accepted');
    });

    it('takes back what was published, once, and can publish again', async () => {
      const change = await upTo('publish', world.current);
      expect([await client.uninstall(change), await client.uninstall(change)]).toEqual(['applied', 'not-applied']);
      expect(await client.probe(change.next, 'newest')).toBe('refused');
      expect(await client.probe(world.current)).toBe('accepted');
      const again = await upTo('publish', world.current, 2);
      expect(await client.probe(again.next, 'newest')).toBe('accepted');
    });
  }

  it('keeps the old key good after the switch, whatever is repeated', async () => {
    const change = await upTo('switch', world.current);
    expect(await client.install(change)).toBe('not-applied');
    expect([await client.probe(change.previous), await client.probe(change.next)]).toEqual(['accepted', 'accepted']);
    expect(await world.serves(world.current)).toBe(true);
    expect(await client.quiet(change)).toMatchObject({ quiet: false });
  });

  it('keeps both keys good when the switch is taken back, and the next run clears up', async () => {
    const change = await upTo('switch', world.current);
    await client.uninstall(change);
    await client.uninstall(change);
    expect([await client.probe(change.previous), await client.probe(change.next)]).toEqual(['accepted', 'accepted']);
    const after = await rotated(change.previous, 2);
    expect(statesIn(ringOf(after.value)).filter((state) => state !== 'destroyed' && state !== 'deactivated')).toEqual([
      'active',
    ]);
    expect([await client.probe(after), await client.probe(world.current)]).toEqual(['accepted', 'refused']);
  });

  it('is quiet when nothing can need the old key, retires it once, and has it refused', async () => {
    const change = await upTo('switch', world.current);
    await rewrapped(change);
    world.pass((waits().switch ?? 0) + 1);
    expect(await client.quiet(change)).toMatchObject({ quiet: true, why: expect.stringMatching(/^\S.{5,}/) });
    expect([await client.retire(change), await client.retire(change)]).toEqual(['applied', 'not-applied']);
    expect([await client.probe(change.previous), await client.probe(change.next)]).toEqual(['refused', 'accepted']);
    expect(await client.probe(world.current)).toBe('refused');
    expect(await world.serves(change.next)).toBe(true);
    expect(await world.serves(world.current)).toBe(false);
  });

  const prunes = 'takes the old key out of the ring, which changes nothing at the target';
  const pruning = async () => {
    const change = await upTo('switch', world.current);
    await rewrapped(change);
    world.pass((waits().switch ?? 0) + 1);
    await client.retire(change);
    const last = await must('prune', change.next);
    const { keys } = ringOf(last.next.value);
    expect(keys.map(({ state, material }) => [state, material === undefined])).toEqual([
      ['destroyed', true],
      ['active', false],
    ]);
    await client.install(last);
    expect(await client.install(last)).toBe('not-applied');
    expect([await client.probe(last.next), await client.probe(world.current)]).toEqual(['accepted', 'refused']);
  };
  if (has('prune')) it(prunes, pruning);

  it('rotates three times in a row, each with one new key', async () => {
    let current = world.current;
    const seen = [current];
    for (const run of [1, 2, 3]) {
      current = await rotated(current, run);
      seen.push(current);
    }
    const answers = await Promise.all(seen.map((credential) => client.probe(credential)));
    expect(answers).toEqual(['refused', 'refused', 'refused', 'accepted']);
    expect(new Set(seen.map(({ value }) => keyOf(ringOf(value)).kid)).size).toBe(4);
  });

  it('tells a dead target from a refusal', async () => {
    const change = await upTo('switch', world.current);
    const dead = await world.openUnreachable();
    for (const method of ['install', 'uninstall', 'retire'] as const)
      expect([method, await nameOf(dead[method](change))]).toEqual([method, harness.unreachable]);
    expect(await nameOf(dead.probe(world.current))).toBe(harness.unreachable);
    expect(await nameOf(dead.prepare(world.current))).toBe(harness.unreachable);
  });

  it('refuses a ring that was damaged, without a word of it', async () => {
    const damaged = { ...world.current.value.reveal(), keyring: '{"keys":[{"kid":"hunter-2"}]}' };
    const broken: Credential = { ...world.current, value: Secret.of(damaged) };
    const outcome = await outcomeOf(client.probe(broken));
    expect(outcome).toMatchObject({ name: 'ValueCorrupt' });
    expect(String(outcome)).not.toContain('hunter-2');
  });

  it('lets no key out, in success or failure', async () => {
    const log = captureLog();
    const change = await upTo('switch', world.current);
    const outcomes: unknown[] = [];
    for (const opened of [await world.openUnreachable({ log }), await world.open({ log })]) {
      for (const method of ['install', 'quiet', 'uninstall', 'rewrap', 'retire'] as const)
        outcomes.push(await outcomeOf(Promise.resolve(opened[method]?.(change))));
      for (const method of ['probe', 'prepare'] as const) outcomes.push(await outcomeOf(opened[method](change.next)));
    }
    const shown = outcomes.flatMap((outcome) => [
      inspect(outcome, { depth: 9, showHidden: true }),
      JSON.stringify(outcome),
      outcome instanceof Error ? (outcome.stack ?? '') : '',
    ]);
    const materials = ringOf(change.next.value).keys.flatMap(({ material }) => material ?? []);
    for (const material of materials) assertNoLeak([...shown, log.text()].join('\n'), material);
  });
}

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IssuerClient, issuedName } from '../../lib/core/issuer-ports.ts';
import type { Credential, PluginDeps, SecretTypeClient, SecretTypePlugin, Switch } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { apiKey } from '../../lib/plugins/secret-types/api-key.ts';
import { secretTypes } from '../../lib/plugins/secret-types/index.ts';
import { serviceToken } from '../../lib/plugins/secret-types/service-token.ts';
import { grafanaWorld, keysWorld, registrationWorld, type TokenWorld } from '../support/issuer-worlds.ts';
import { assertNoLeak, captureLog } from '../support/leak.ts';
import { made } from '../support/made.ts';
import type { Trouble } from '../support/token-server.ts';
import { nameOf, outcomeOf } from './issuer-contract.ts';

interface Harness {
  readonly label: string;
  readonly type: SecretTypePlugin;
  readonly target: object;
  readonly start: () => Promise<TokenWorld>;
  /** Whether the value is durable before the issuer hears of it. */
  readonly madeHere: boolean;
}

const HARNESSES: readonly Harness[] = [
  { label: 'service-token at grafana', type: serviceToken, target: {}, start: grafanaWorld, madeHere: false },
  { label: 'service-token at an API of keys', type: serviceToken, target: {}, start: keysWorld, madeHere: false },
  { label: 'api-key, issued', type: apiKey, target: { prefix: 'kt' }, start: keysWorld, madeHere: false },
  { label: 'api-key, made here', type: apiKey, target: { prefix: 'kt' }, start: registrationWorld, madeHere: true },
];

it('every secret type with an issuer has a harness here', () => {
  const issued = secretTypes.filter(({ issuedBy }) => issuedBy === 'issuers');
  expect(issued.filter((type) => !HARNESSES.some((harness) => harness.type === type))).toEqual([]);
});

const version = (digit: number) => String(digit).repeat(32);

describe.each(HARNESSES.map((harness) => [harness.label, harness] as const))('secret type %s', (_label, harness) => {
  let world: TokenWorld;
  let client: SecretTypeClient;
  let current: Credential;
  const open = (overrides: Partial<PluginDeps> = {}, issuer: object = world.config) =>
    harness.type.create({ ...harness.target, issuer }, world.deps(overrides));
  const make = async (digit: number, from: Secret): Promise<Credential> => ({
    version: version(digit),
    value: await made(client, { current: from, version: version(digit), generation: 1 }),
  });
  const successor = async (digit = 2): Promise<Switch> => ({
    next: await make(digit, current.value),
    previous: current,
  });
  const installed = async (change: Switch): Promise<Switch> => {
    await client.install(change);
    await world.later();
    return { ...change, installedAt: world.now(), switchedAt: world.now() };
  };
  const answers = async ({ previous, next }: Switch) => [await client.probe(previous), await client.probe(next)];

  beforeEach(async () => {
    world = await harness.start();
    client = await open();
    const first = await make(1, Secret.of({}));
    await client.install({ next: first, previous: first });
    current = first;
  });
  afterEach(() => world.close());

  it('declares that two are valid at once', () => {
    expect(harness.type.overlap({ ...harness.target, issuer: world.config })).toEqual({ kind: 'dual' });
  });

  it('installs with the old one accepted, and again without a change', async () => {
    const change = await successor();
    expect(await client.install(change)).toBe(harness.madeHere ? 'applied' : 'not-applied');
    expect(await client.install(change)).toBe('not-applied');
    expect(await answers(change)).toEqual(['accepted', 'accepted']);
  });

  it('retires the old one by its id, once, and nothing else', async () => {
    const change = await installed(await successor());
    const stranger = await make(9, current.value);
    await client.install({ next: stranger, previous: current });
    expect(await client.retire(change)).toBe('applied');
    expect(await answers(change)).toEqual(['refused', 'accepted']);
    expect(await client.retire(change)).toBe('not-applied');
    expect(await client.quiet(change)).toMatchObject({ quiet: true });
    expect(await client.probe(stranger)).toBe('accepted');
  });

  it('uninstalls the new one, once, and can install another', async () => {
    const change = await installed(await successor());
    expect(await client.uninstall(change)).toBe('applied');
    expect(await answers(change)).toEqual(['accepted', 'refused']);
    expect(await client.uninstall(change)).toBe('not-applied');
    expect(await answers(await installed(await successor(3)))).toEqual(['accepted', 'accepted']);
  });

  it('rotates three times in a row', async () => {
    for (const digit of [2, 3, 4]) {
      const change = await installed(await successor(digit));
      await client.retire(change);
      expect(await answers(change)).toEqual(['refused', 'accepted']);
      current = change.next;
    }
    expect(world.server.tokens.size).toBe(1);
  });

  it('never has two live values of one version', async () => {
    await successor(2);
    await client.install(await successor(2));
    expect(await world.countOf(issuedName(version(2)))).toBe(1);
  });

  if (!harness.madeHere) {
    it('revokes what a lost reply has made, though nobody knows its value', async () => {
      const lost: Trouble = (_asked, answer) => {
        answer();
        return 'cut';
      };
      world.server.troubles.push((_asked, answer) => answer(), lost);
      expect(await nameOf(successor())).toBe('OutcomeUnknown');
      expect(await world.countOf(issuedName(version(2)))).toBe(1);
      expect(await client.abandon?.(version(2))).toBe('applied');
      expect(await world.countOf(issuedName(version(2)))).toBe(0);
      expect(await client.probe(current)).toBe('accepted');
    });
  }

  it('revokes a second one of its version once the first is proven', async () => {
    const change = await successor();
    await client.install(change);
    const id = '999999';
    world.server.tokens.set(id, { id, name: issuedName(version(2)), hash: 'x', lastUsedAt: null });
    expect(await client.install(change)).toBe('applied');
    expect(await world.countOf(issuedName(version(2)))).toBe(1);
    expect(await client.probe(change.next)).toBe('accepted');
  });

  it('is not done before the issuer accepts it', async () => {
    const change = await successor();
    await client.uninstall(change);
    if (harness.madeHere) world.server.troubles.push(() => ({ status: 201 }));
    expect(await nameOf(client.install(change))).toBe('VerificationInconclusive');
  });

  describe('the quiet rule', () => {
    const used = async (at: Credential) => {
      await world.later();
      expect(await client.probe(at)).toBe('accepted');
      await world.later();
    };
    const LAG = 300_000;

    it('holds when the old one was used before the switch only', async () => {
      await used(current);
      const change = await installed(await successor());
      await world.later(LAG);
      expect(await client.quiet(change)).toMatchObject({ quiet: true, why: expect.stringContaining('not used since') });
    });

    it('does not hold while it is used, and holds once it has lain idle', async () => {
      const change = await installed(await successor());
      await used(current);
      await world.later(LAG);
      expect(await client.quiet(change)).toMatchObject({
        quiet: false,
        why: expect.stringContaining('after the switch'),
      });
      await world.later(86_400_000);
      expect(await client.quiet(change)).toMatchObject({ quiet: true });
    });
  });

  it('tells a refused admin from a dead host', async () => {
    const change = await installed(await successor());
    const denied = await open({ credential: async () => Secret.of({ token: 'not the admin' }) });
    const dead = await open({}, world.unreachable);
    for (const method of ['uninstall', 'quiet', 'retire'] as const) {
      expect([method, await nameOf(denied[method](change))]).toEqual([method, 'AccessDenied']);
      expect([method, await nameOf(dead[method](change))]).toEqual([method, 'Unavailable']);
    }
    expect([await nameOf(denied.prepare(current)), await nameOf(dead.prepare(current))]).toEqual([
      'AccessDenied',
      'Unavailable',
    ]);
    expect([await nameOf(dead.probe(current)), await nameOf(dead.install(change))]).toEqual([
      'Unavailable',
      'Unavailable',
    ]);
    expect(await answers(change)).toEqual(['accepted', 'accepted']);
  });

  it('does not revoke what bears the id of the new one', async () => {
    const change = await installed(await successor());
    const confused = { ...change, previous: { ...current, value: change.next.value } };
    expect(await nameOf(client.retire(confused))).toBe('Conflict');
    expect(await client.probe(change.next)).toBe('accepted');
  });

  it('lets no value out, in success or failure', async () => {
    const log = captureLog();
    const change = await installed(await successor());
    const outcomes: unknown[] = [];
    const denied = { log, credential: async () => Secret.of({ token: 'not the admin' }) };
    for (const opened of [await open({ log }, world.unreachable), await open(denied), await open({ log })]) {
      for (const method of ['install', 'quiet', 'uninstall', 'retire'] as const)
        outcomes.push(await outcomeOf(opened[method](change)));
      for (const method of ['probe', 'prepare'] as const) outcomes.push(await outcomeOf(opened[method](current)));
    }
    const shown = outcomes.flatMap((outcome) => [
      inspect(outcome, { depth: 9, showHidden: true }),
      JSON.stringify(outcome),
      outcome instanceof Error ? (outcome.stack ?? '') : '',
    ]);
    for (const value of [change.next.value, current.value, Secret.of({ token: world.server.admin })])
      assertNoLeak([...shown, log.text()].join('\n'), value.field('token') ?? '');
  });
});

describe('an issuer that does not tell the last use', () => {
  const silent: IssuerClient = {
    issue: async () => Secret.of({}),
    withdraw: async () => 'not-applied',
    revoke: async () => 'not-applied',
    lastUsed: async () => 'unknown',
    probe: async () => 'accepted',
  };
  const change = {
    next: { version: version(2), value: Secret.of({ id: 'new', token: 'n' }) },
    previous: { version: version(1), value: Secret.of({ id: 'old', token: 'o' }) },
  };
  const quiet = async (expires?: string) => {
    const waived = { reason: 'the proxy logs every use', owner: 'team-orders', expires };
    const target = { issuer: { use: 'silent' }, ...(expires !== undefined && { quiet: { waived } }) };
    const world = await keysWorld();
    const client = await serviceToken.create(target, world.deps({ issuer: async () => silent }));
    await world.close();
    return client.quiet(change);
  };

  it('leaves it to a person at the deadline', async () => {
    expect(await quiet()).toEqual({ quiet: false, why: expect.stringContaining('a person decides') });
  });

  it('is waived by whoever answers for it, until its day', async () => {
    expect(await quiet('2026-01-05')).toEqual({
      quiet: true,
      waived: true,
      why: 'waived by team-orders until 2026-01-05: the proxy logs every use',
    });
    expect(await quiet('2026-01-04')).toMatchObject({ quiet: false });
  });
});

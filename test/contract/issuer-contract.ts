import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRotationError } from '../../lib/core/errors.ts';
import { type IssuerClient, issuedName } from '../../lib/core/issuer-ports.ts';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { assertNoLeak, captureLog } from '../support/leak.ts';

/** An issuer with its server, as the suite needs it of each. */
export interface IssuerWorld {
  /** A client with its admin login. */
  open(overrides?: Partial<PluginDeps>): Promise<IssuerClient>;
  /** One whose admin login the server refuses. */
  openDenied(overrides?: Partial<PluginDeps>): Promise<IssuerClient>;
  /** Of a server that nobody started. */
  openUnreachable(): Promise<IssuerClient>;
  /** How many credentials of a name the server accepts, by its own account. */
  countOf(name: string): Promise<number>;
  /** Lets a deep breath of time pass at the server and here. */
  readonly later: () => Promise<void>;
  readonly now: () => number;
  close(): Promise<void>;
}

export interface IssuerHarness {
  readonly label: string;
  readonly tellsLastUse: boolean;
  start(): Promise<IssuerWorld>;
}

const NAME = issuedName('a'.repeat(32));
const OTHER = issuedName('b'.repeat(32));

export const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
export const nameOf = async (work: Promise<unknown>): Promise<string> => {
  const outcome = await outcomeOf(work);
  return isRotationError(outcome) ? outcome.name : `no RotationError: ${inspect(outcome)}`;
};

/** What every issuer of tokens must hold. */
export function issuerContract(harness: IssuerHarness): void {
  let world: IssuerWorld;
  let client: IssuerClient;
  beforeEach(async () => {
    world = await harness.start();
    client = await world.open();
  });
  afterEach(() => world.close());
  const idOf = (value: Secret) => value.field('id') ?? '';

  it('issues credentials that are accepted beside each other, each with an id of its own', async () => {
    const [one, two] = [await client.issue(NAME), await client.issue(OTHER)];
    expect([one.names(), two.names()]).toEqual([
      ['id', 'token'],
      ['id', 'token'],
    ]);
    expect(idOf(one)).not.toBe(idOf(two));
    expect([await client.probe(one), await client.probe(two)]).toEqual(['accepted', 'accepted']);
  });

  it('revokes one by its id, once, and no other', async () => {
    const [one, two] = [await client.issue(NAME), await client.issue(OTHER)];
    expect(await client.revoke(idOf(one))).toBe('applied');
    expect([await client.probe(one), await client.probe(two)]).toEqual(['refused', 'accepted']);
    expect(await client.revoke(idOf(one))).toBe('not-applied');
  });

  it('withdraws whatever has a name, and nothing of another', async () => {
    const [one, two] = [await client.issue(NAME), await client.issue(OTHER)];
    expect(await client.withdraw(NAME)).toBe('applied');
    expect([await client.probe(one), await client.probe(two)]).toEqual(['refused', 'accepted']);
    expect(await client.withdraw(NAME)).toBe('not-applied');
  });

  it('keeps the one that is excepted', async () => {
    const one = await client.issue(NAME);
    expect(await client.withdraw(NAME, idOf(one))).toBe('not-applied');
    expect(await client.probe(one)).toBe('accepted');
  });

  it('refuses a token that differs', async () => {
    const one = await client.issue(NAME);
    const altered = Secret.of({ ...one.reveal(), token: `${one.field('token')}x` });
    expect(await client.probe(altered)).toBe('refused');
  });

  it(harness.tellsLastUse ? 'tells when one was used last' : 'does not pretend to know the last use', async () => {
    const one = await client.issue(NAME);
    if (!harness.tellsLastUse) return expect(await client.lastUsed(idOf(one))).toBe('unknown');
    expect(await client.lastUsed(idOf(one))).toEqual({ lag: expect.any(Number) });
    await world.later();
    const before = world.now();
    await client.probe(one);
    const used = await client.lastUsed(idOf(one));
    expect(used).toMatchObject({ at: expect.any(Number) });
    expect(typeof used === 'object' ? used.at : 0).toBeGreaterThanOrEqual(before);
    await client.revoke(idOf(one));
    expect(await client.lastUsed(idOf(one))).toBe('gone');
  });

  it('tells a refused admin from a dead host', async () => {
    const one = await client.issue(NAME);
    const [denied, dead] = [await world.openDenied(), await world.openUnreachable()];
    for (const [name, opened] of [
      ['AccessDenied', denied],
      ['Unavailable', dead],
    ] as const) {
      expect([name, await nameOf(opened.issue(OTHER))]).toEqual([name, name]);
      expect([name, await nameOf(opened.withdraw(NAME))]).toEqual([name, name]);
      expect([name, await nameOf(opened.revoke(idOf(one)))]).toEqual([name, name]);
    }
    expect(await nameOf(dead.probe(one))).toBe('Unavailable');
    expect(await world.countOf(OTHER)).toBe(0);
    expect(await client.probe(one)).toBe('accepted');
  });

  describe('with an eye on every sink', () => {
    it('lets no token out, in success or failure', async () => {
      const log = captureLog();
      const opened = await world.open({ log });
      const denied = await world.openDenied({ log });
      const one = await opened.issue(NAME);
      const outcomes = [one];
      for (const each of [opened, denied, await world.openUnreachable()]) {
        for (const work of [
          () => each.issue(OTHER),
          () => each.probe(one),
          () => each.lastUsed(idOf(one)),
          () => each.revoke(idOf(one)),
          () => each.withdraw(NAME),
        ])
          outcomes.push(Object(await outcomeOf(work())));
      }
      const shown = outcomes.flatMap((outcome) => [
        inspect(outcome, { depth: 9, showHidden: true }),
        JSON.stringify(outcome),
        outcome instanceof Error ? (outcome.stack ?? '') : '',
      ]);
      assertNoLeak([...shown, log.text()].join('\n'), one.field('token') ?? '');
    });
  });
}

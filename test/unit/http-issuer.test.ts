import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { IssuerClient } from '../../lib/core/issuer-ports.ts';
import { http } from '../../lib/plugins/issuers/http.ts';
import { nameOf, outcomeOf } from '../contract/issuer-contract.ts';
import { startRecorder } from '../support/http-server.ts';
import { ADMIN, grafanaWorld, keysWorld, registrationWorld, type TokenWorld } from '../support/issuer-worlds.ts';
import { describedKeysApi } from '../support/keys-api.ts';
import { sha256, type Trouble } from '../support/token-server.ts';

const NAME = `keyturn-${'a'.repeat(32)}`;

const status =
  (code: number): Trouble =>
  () => ({ status: code, json: { error: 'upstream words' } });
/** It is done, and the reply is lost. */
const lost =
  (reply: ReturnType<Trouble>): Trouble =>
  (_asked, answer) => {
    answer();
    return reply;
  };
const says =
  (text: string): Trouble =>
  (_asked, answer) => {
    answer();
    return { status: 200, text };
  };

describe.each([
  ['http', keysWorld],
  ['grafana', grafanaWorld],
] as const)('issuer %s, whose server', (_name, start) => {
  let world: TokenWorld;
  let client: IssuerClient;
  beforeEach(async () => {
    world = await start();
    client = await world.open();
  });
  afterEach(() => world.close());

  it.each<[string, Trouble, string]>([
    ['does not know the admin', status(401), 'AccessDenied'],
    ['does not let it', status(403), 'AccessDenied'],
    ['has had enough', status(429), 'Throttled'],
    ['is busy elsewhere', status(409), 'Conflict'],
    ['finds the request wrong', status(400), 'ConfigInvalid'],
    ['breaks after the effect', lost({ status: 500 }), 'OutcomeUnknown'],
    ['dies after the effect', lost('cut'), 'OutcomeUnknown'],
    ['answers nonsense', says('<html>It works!</html>'), 'ConfigInvalid'],
    ['answers other JSON', says('{"ok":true}'), 'ConfigInvalid'],
    ['answers a token of another shape', says('{"id":{"a":1},"key":["x"],"token":7}'), 'ConfigInvalid'],
    ['answers an id that is a path', says('{"id":"..","key":"x","token":"x"}'), 'InputInvalid'],
    ['sends it elsewhere', () => ({ status: 302, headers: { Location: 'http://127.0.0.1:1/' } }), 'ConfigInvalid'],
  ])('%s: %s', async (_what, trouble, expected) => {
    world.server.troubles.push(trouble);
    const outcome = await outcomeOf(client.issue(NAME));
    expect(outcome).toMatchObject({ name: expected });
    expect(String(outcome)).not.toMatch(/upstream words|It works/);
  });

  it.each<[string, Trouble]>([
    ['broke', lost({ status: 500 })],
    ['died', lost('cut')],
    ['answered nonsense', says('?')],
  ])('%s after the effect: what it made is found by its name', async (_what, trouble) => {
    world.server.troubles.push(trouble);
    await outcomeOf(client.issue(NAME));
    expect(await world.countOf(NAME)).toBe(1);
    expect(await client.withdraw(NAME)).toBe('applied');
    expect(await world.countOf(NAME)).toBe(0);
  });

  it('answers a list of another shape: nothing is taken for withdrawn', async () => {
    await client.issue(NAME);
    for (const text of ['{}', '[{"other":1}]', '{"keys":[{"other":1}]}', '"x"']) {
      world.server.troubles.push(says(text));
      expect([text, await nameOf(client.withdraw(NAME))]).toEqual([text, 'ConfigInvalid']);
    }
  });

  it('is shown no credential in a URL, and the admin credential never with a use of the token', async () => {
    const one = await client.issue(NAME);
    await client.probe(one);
    await client.lastUsed(one.field('id') ?? '');
    await client.withdraw(NAME);
    const { asked, admin } = world.server;
    expect(asked.length).toBeGreaterThan(3);
    for (const { url } of asked) expect(url).not.toMatch(new RegExp(`${admin}|${one.field('token')}`));
    const uses = asked.filter(({ url }) => url === '/v1/whoami' || url === '/api/org');
    expect(uses.map(({ bearer }) => bearer)).toEqual([one.field('token')]);
  });
});

describe('an issuer that takes hashes', () => {
  it('accepts a key of which it was told the hash, once, and is never shown it', async () => {
    const world = await registrationWorld();
    const client = await world.open();
    const key = { name: NAME, id: 'abcd', hash: sha256('made here') };
    expect(await client.register?.(key)).toBe('applied');
    expect(await client.register?.(key)).toBe('not-applied');
    expect(JSON.stringify(world.server.asked)).not.toContain('made here');
    expect(await nameOf(client.issue(NAME))).toBe('ConfigInvalid');
    await world.close();
  });
});

describe('a redirect', () => {
  it('takes the admin credential to no other server', async () => {
    const world = await keysWorld();
    const elsewhere = await startRecorder({ status: 200, body: '{}' });
    world.server.troubles.push(() => ({ status: 307, headers: { Location: `${elsewhere.origin}/v1/keys` } }));
    expect(await nameOf((await world.open()).issue(NAME))).toBe('ConfigInvalid');
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
    await world.close();
  });
});

describe('the description of an issuer', () => {
  const described = describedKeysApi('https://keys.internal', ADMIN);
  const part = (key: string, change: object) => ({ ...described, [key]: { ...Object(described[key]), ...change } });
  const without = (key: string) => ({ ...described, [key]: undefined });
  const problems = (config: object) =>
    (http.config.safeParse(config).error ?? new z.ZodError([])).issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );

  it('holds as the documentation shows it', () => {
    expect(problems(described)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['a token in a path', part('probe', { path: '/whoami?key={token}' }), /^probe\.path: .*names no field/],
    ['an admin field in a path', part('list', { path: '/keys?key={admin.token}' }), /^list\.path: .*names no field/],
    ['an encoder in a path', part('revoke', { path: '/keys/{id:url}' }), /^revoke\.path: .*no encoder/],
    ['the admin in a use', part('probe', { headers: { A: '{admin.token}' } }), /^probe\.headers\.A: .*names no field/],
    ['a field of another call', part('issue', { body: { a: ['{id}'] } }), /^issue\.body/],
    ['HTTP across a network', { ...described, url: 'http://keys.internal' }, /^url: .*https/],
    ['a login in the URL', { ...described, url: 'https://a:b@keys.internal' }, /^url: .*login/],
    ['a pointer that is none', part('issue', { token: 'token' }), /^issue\.token: .*JSON pointer/],
    ['neither issue nor register', without('issue'), /^issue: expected either issue or register/],
    ['no way to find what was lost', without('list'), /^list: expected list/],
  ])('is refused with %s', (_what, config, problem) => {
    expect(problems(config)).toEqual([expect.stringMatching(problem)]);
  });
});

import { describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { manual } from '../../lib/plugins/issuers/manual.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { startRecorder } from '../support/http-server.ts';
import { assertNoLeak } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { nameOf, outcomeOf } from './issuer-contract.ts';

const instructions = 'Ask the vendor for a second key by telephone.';
const open = (probe?: object, deps: Partial<PluginDeps> = { fetch: guardedFetch() }) =>
  manual.create({ use: 'manual', instructions, ...(probe !== undefined && { probe }) }, pluginDeps(deps));
const hook = { url: '{token}', method: 'POST', body: {}, accepted: [400], refused: [404] };
const value = (token: string) => Secret.of({ id: 'hook', token });

describe('the manual issuer', () => {
  it('says that it waits for a person, and what that one is to do', async () => {
    const outcome = await outcomeOf((await open()).issue('keyturn-x'));
    expect(outcome).toBeInstanceOf(RotationError);
    expect(outcome).toMatchObject({ name: 'ValueAwaited', message: expect.stringContaining(instructions) });
  });

  it('revokes nothing, and does not pretend to', async () => {
    const client = await open();
    expect(await client.revoke('hook')).toBe('not-applied');
    expect(await client.withdraw('keyturn-x')).toBe('not-applied');
    expect(await client.lastUsed('hook')).toBe('unknown');
    expect(await client.probe(value('x'))).toBe('untested');
  });

  it.each([
    [400, 'accepted'],
    [404, 'refused'],
    [500, 'Unavailable'],
    [302, 'ConfigInvalid'],
    [200, 'ConfigInvalid'],
  ])(
    'reads the answer %i to a value that is itself a URL as %s, and lets the URL out nowhere',
    async (status, expected) => {
      const server = await startRecorder({ status, body: 'upstream words' });
      const token = `${server.origin}/services/T1/B1/hunter2hunter2`;
      const outcome = await outcomeOf((await open(hook)).probe(value(token)));
      expect(outcome instanceof Error ? outcome.name : outcome).toBe(expected);
      expect(server.requests).toMatchObject([{ method: 'POST', url: '/services/T1/B1/hunter2hunter2', body: '{}' }]);
      const shown = `${String(outcome)} ${outcome instanceof Error ? outcome.stack : ''}`;
      assertNoLeak(shown, 'hunter2hunter2');
      expect(shown).not.toContain('upstream words');
      await server.close();
    },
  );

  it('uses a value at a URL of the configuration', async () => {
    const server = await startRecorder({ status: 204 });
    const client = await open({ url: `${server.origin}/me`, headers: { Authorization: 'Bearer {token}' } });
    expect(await client.probe(value('secret'))).toBe('accepted');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret');
    await server.close();
  });

  it('sends no credential over a network in clear, and asks no dead host twice', async () => {
    const client = await open(hook);
    expect(await nameOf(client.probe(value('http://hooks.test/services/x')))).toBe('InputInvalid');
    expect(await nameOf(client.probe(value('http://127.0.0.1:1/services/x')))).toBe('Unavailable');
  });
});

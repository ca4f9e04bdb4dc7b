import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { generic } from '../../lib/plugins/secret-types/generic.ts';
import { made } from '../support/made.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const open = (value: object = {}) => generic.create({ maxGapSeconds: 60, value }, pluginDeps());
const request = { current: Secret.of({ value: 'old' }), version: 'b'.repeat(32), generation: 1 } as const;
const change = {
  next: { version: 'b'.repeat(32), value: Secret.of({ value: 'new' }) },
  previous: { version: 'a'.repeat(32), value: Secret.of({ value: 'old' }) },
};

describe('secret type generic', () => {
  it('generates values of the declared alphabet and length, 10,000 times', async () => {
    const client = await open({ length: 64, alphabet: '0123456789abcdef' });
    const values = new Set<string>();
    for (let run = 0; run < 10_000; run += 1) {
      const value = (await made(client, request)).field('value') ?? '';
      if (!/^[0-9a-f]{64}$/.test(value)) expect.unreachable('it breaks the policy');
      values.add(value);
    }
    expect(values.size).toBe(10_000);
  });

  it('has one slot, so that no class that asks for more may use it', () => {
    expect(generic.overlap({ maxGapSeconds: 60 })).toEqual({ kind: 'single', maxGapSeconds: 60 });
  });

  it('changes nothing anywhere, and claims to have proven nothing', async () => {
    const client = await open();
    for (const method of ['install', 'uninstall', 'retire'] as const)
      expect(await client[method](change)).toBe('not-applied');
    expect([await client.probe(change.next), await client.probe(change.previous)]).toEqual(['untested', 'untested']);
    expect(await client.quiet(change)).toEqual({
      quiet: true,
      waived: true,
      why: expect.stringContaining('not tested'),
    });
  });
});

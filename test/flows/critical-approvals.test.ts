import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperatorKey } from '../../lib/local/operators.ts';
import type { Ran } from '../support/command.ts';
import { SECRET, type Site, setUpSite } from '../support/rotation-site.ts';

const OPERATORS = ['rita', 'cora', 'abel', 'ben', 'zoe'];

describe('a rotation of class CRITICAL, asked for by hand', () => {
  let site: Site;
  let question: { readonly id: string; readonly digest: string };
  const key = (name: string) => join(site.folder, `${name}.key`);
  const by = (name: string) => ['--as', name, '--key', key(name)];
  const approve = (name: string, digest = question.digest): Promise<Ran> =>
    site.run(['approve', question.id, '--digest', digest, '--yes', ...by(name)]);
  const open = async () => JSON.parse((await site.run(['approvals', '--json'])).stdout).approvals;

  beforeAll(async () => {
    site = await setUpSite({ classification: 'CRITICAL', consumer: '        verify: [{ use: postgresql-login }]' });
    const keys = OPERATORS.map((name) => `  ${name}: { publicKey: "${createOperatorKey(key(name))}" }`);
    const people = 'people: { ciso: [cora], security: [abel, ben, rita] }';
    const config = join(site.folder, 'keyturn.yaml');
    const text = readFileSync(config, 'utf8').replace(
      'backends:',
      `operators:\n${keys.join('\n')}\n${people}\nbackends:`,
    );
    writeFileSync(config, text);
  });
  afterAll(() => site.strike());

  it('waits, and nothing has changed', async () => {
    const { code, stderr } = await site.run(['rotate', SECRET, '--yes', '--no-wait', ...by('rita')]);
    expect(code, stderr).toBe(4);
    [question] = await open();
    expect(question).toMatchObject({ seats: ['ciso', 'any', 'any'], requester: 'rita' });
    expect((await site.versions()).pending).toEqual([]);
  });

  it.each([
    ["the requester's own vote", 'rita', undefined, 'nobody approves their own request'],
    ['a person without a role', 'zoe', undefined, 'none of the roles'],
    ['a vote on another plan', 'cora', 'f'.repeat(64), 'another plan'],
  ])('refuses %s', async (_case, name, digest, why) => {
    const { code, stderr } = await approve(name, digest);
    expect(code).not.toBe(0);
    expect(stderr).toContain(why);
  });

  it("refuses a name without that person's key", async () => {
    const { code } = await site.run([
      'approve',
      question.id,
      '--digest',
      question.digest,
      '--as',
      'cora',
      '--key',
      key('zoe'),
    ]);
    expect(code).not.toBe(0);
  });

  it('goes on after the third distinct vote, driven by the one who gave it', async () => {
    expect((await approve('abel')).code).toBe(0);
    const again = await approve('abel');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('this person has voted')]);
    expect((await approve('ben')).code).toBe(0);
    expect((await site.versions()).pending).toEqual([]);
    const last = await approve('cora');
    expect(last.code, last.stderr).toBe(0);
    expect(site.consumersLogin().user).toBe('orders_a');
    const late = await approve('cora');
    expect(late.code).not.toBe(0);
  });

  it('has recorded every vote, the refused ones too', async () => {
    const { stdout } = await site.run(['audit', 'query', '--json']);
    const votes = [...stdout.matchAll(/"outcome":\s*"(voted|refused)"/g)].map(([, outcome]) => outcome);
    expect(votes.filter((outcome) => outcome === 'voted')).toHaveLength(3);
    expect(votes.filter((outcome) => outcome === 'refused').length).toBeGreaterThanOrEqual(5);
    expect((await site.run(['audit', 'verify'])).code).toBe(0);
  });
});

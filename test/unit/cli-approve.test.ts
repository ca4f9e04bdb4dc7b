import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOperatorKey } from '../../lib/local/operators.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { TOY, type ToySite, toySite } from '../support/toy-site.ts';

const folder = useTempDir();
const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve'];

const as = (name: string): string[] => ['--as', name, '--key', join(folder(), `${name}.pem`)];

/** A CRITICAL secret, and five people: a CISO, three in other roles, and one in none. */
async function critical(): Promise<{ readonly site: ToySite; readonly approval: string }> {
  const keys = NAMES.map((name) => `${name}: { publicKey: "${createOperatorKey(join(folder(), `${name}.pem`))}" }`);
  const more = `operators: { ${keys.join(', ')} }\npeople: { ciso: [ben], security: [cleo], manager: [dan, ada] }`;
  const site = await toySite(folder(), 'CRITICAL', more);
  const config = join(folder(), 'keyturn.yaml');
  writeFileSync(
    config,
    readFileSync(config, 'utf8').replace('classification: CRITICAL', 'classification: CRITICAL\n    grace: 10s'),
  );
  const asked = await site.run('rotate', TOY, '--no-wait', '--json', ...as('ada'));
  expect(asked.code, asked.stderr).toBe(4);
  const { rotations } = Object(asked.json());
  return { site, approval: rotations[0].question.id };
}

describe('approve', () => {
  it('counts three people, and neither the requester, nor one twice, nor another plan, nor a stranger', async () => {
    const { site, approval } = await critical();
    const vote = (...args: string[]) => site.run('approve', approval, ...args);
    const refused: [string[], string][] = [
      [['--yes', ...as('ada')], 'nobody approves their own request'],
      [['--yes', ...as('eve')], 'holds none of the roles'],
      [['--digest', '0'.repeat(64), ...as('ben')], 'another plan'],
      [['--yes', '--as', 'ben', '--key', join(folder(), 'cleo.pem')], 'not the key'],
      [['--yes'], 'needs --as and --key'],
      [['--yes', '--as', 'nobody'], 'no such operator'],
    ];
    for (const [args, why] of refused) {
      const { code, stderr } = await vote(...args);
      expect(code, why).toBe(1);
      expect(stderr).toContain(why);
    }
    expect((await vote(...as('ben'))).stderr).toContain('nobody is there to be asked');
    expect((await vote('--yes', ...as('ben'))).code).toBe(0);
    expect((await vote('--yes', ...as('ben'))).stderr).toContain('has voted');
    expect((await vote('--yes', ...as('cleo'))).code).toBe(0);
    const [open] = Object((await site.run('approvals', '--json')).json()).approvals;
    expect(open).toMatchObject({ expired: false, seats: ['ciso', 'any', 'any'] });
    expect(open.votes.map((each: { person: string }) => each.person)).toEqual(['ben', 'cleo']);
    expect(open).not.toHaveProperty('sealedToken');

    const last = await vote('--digest', open.digest, '--json', ...as('dan'));
    expect(last.code, last.stderr).toBe(0);
    expect(last.json()).toMatchObject({ rotations: [{ outcome: 'COMMITTED' }] });
    const votes = (await site.run('audit', 'query', '--secret', TOY, '--json')).stdout.match(
      /"outcome":"(voted|refused)"/g,
    );
    expect(votes?.filter((text) => text.includes('voted'))).toHaveLength(3);
    expect(votes?.filter((text) => text.includes('refused'))).toHaveLength(refused.length + 1);
  }, 60_000);

  it('refuses a plan that is another one by now', async () => {
    const { site, approval } = await critical();
    const config = join(folder(), 'keyturn.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('grace: 10s', 'grace: 20s'));
    const { code, stderr } = await site.run('approve', approval, '--yes', ...as('ben'));
    expect(code).toBe(1);
    expect(stderr).toContain('the plan is no longer the one');
  });
});

describe('reject', () => {
  it('ends the rotation with one vote, and nothing is changed', async () => {
    const { site, approval } = await critical();
    expect((await site.run('reject', approval, ...as('ben'))).code).toBe(2);
    const { code, json } = await site.run('reject', approval, '--reason', 'in a freeze', '--json', ...as('ben'));
    expect(code).toBe(1);
    expect(json()).toMatchObject({ rotations: [{ outcome: 'ROLLED_BACK', failure: { error: 'ApprovalRejected' } }] });
    expect(site.accepted()).toEqual(['blue']);
    expect((await site.run('approvals')).stdout).toContain('no question is open');
  });
});

describe('a rotation that waits for approval', () => {
  it('can be sent back without a vote', async () => {
    const { site } = await critical();
    const { rotations } = Object((await site.run('history', '--json')).json());
    const back = await site.run('rollback', rotations[0].rotationId, '--yes', ...as('ada'));
    expect(back.code, back.stderr).toBe(0);
    expect(site.accepted()).toEqual(['blue']);
    expect((await site.run('status')).stdout).toContain('nothing is unfinished');
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { useTempDir } from '../support/temp-dir.ts';
import { TOY, type ToySite, toySite } from '../support/toy-site.ts';

const folder = useTempDir();

async function rotated(more = ''): Promise<ToySite> {
  const site = await toySite(folder(), 'LOW', more);
  const { code, stderr } = await site.run('rotate', TOY);
  expect(code, stderr).toBe(0);
  return site;
}

const ledger = (statement: string): void => {
  const database = new Database(join(folder(), 'data/ledger.db'));
  database.exec(statement);
  database.close();
};

describe('audit', () => {
  it('verifies, and says where the chain does not hold', async () => {
    const site = await rotated();
    const good = await site.run('audit', 'verify', '--json');
    expect(good.code).toBe(0);
    expect(good.json()).toMatchObject({ holds: true, findings: [] });
    ledger(`UPDATE audit SET doc = json_set(doc, '$.actor', 'mallory') WHERE seq = 2`);
    const bad = await site.run('audit', 'verify');
    expect(bad.code).toBe(5);
    expect(bad.stdout).toContain('record 2: its content does not give its hash');
  });

  it('sees a cut tail by the anchor that every rotation renews', async () => {
    const site = await rotated('audit: { anchor: head.json }');
    const { seq } = JSON.parse(readFileSync(join(folder(), 'head.json'), 'utf8'));
    expect((await site.run('audit', 'verify', '--json')).json()).toMatchObject({ holds: true, records: seq });
    writeFileSync(join(folder(), 'head.json'), '{}');
    expect((await site.run('audit', 'verify')).code).toBe(5);
  });

  it('exports a bundle that verifies by itself, with a key known from elsewhere', async () => {
    const site = await rotated();
    const file = join(folder(), 'bundle.json');
    const { json } = await site.run('audit', 'export', '--out', file, '--json');
    const key = String(json().publicKey);
    expect((await site.run('audit', 'export', '--out', file)).code).toBe(1);
    expect((await site.run('audit', 'verify', '--bundle', file, '--public-key', key)).code).toBe(0);
    const other = `MCowBQYDK2VwAyEA${'A'.repeat(43)}=`;
    expect((await site.run('audit', 'verify', '--bundle', file, '--public-key', other)).code).toBe(5);

    const bundle = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...bundle, records: bundle.records.slice(0, -1) }));
    expect((await site.run('audit', 'verify', '--bundle', file)).code).toBe(5);
    writeFileSync(file, JSON.stringify({ ...bundle, publicKey: 'AAAA' }));
    const broken = await site.run('audit', 'verify', '--bundle', file);
    expect(broken.code).toBe(2);
    expect(broken.stderr).toContain('no bundle');
  });

  it('finds records by secret, run and time', async () => {
    const site = await rotated();
    const count = async (...filter: string[]) =>
      (await site.run('audit', 'query', '--json', ...filter)).stdout.split('\n').length - 1;
    const [all, none] = [await count(), await count('--secret', 'staging/external/hook')];
    expect(all).toBeGreaterThan(10);
    expect(none).toBe(0);
    expect(await count('--since', '2100-01-01')).toBe(0);
    const { rotations } = Object((await site.run('history', '--json')).json());
    expect(await count('--run', rotations[0].rotationId)).toBe(all - 1);
    expect((await site.run('audit', 'query', '--since', 'yesterday')).code).toBe(2);
  });
});

describe('history and graph', () => {
  it("show a run's events as AWS does, and draw it", async () => {
    const site = await rotated();
    const { rotations } = Object((await site.run('history', TOY, '--json')).json());
    const run = rotations[0].rotationId;
    const { executions } = Object((await site.run('history', run, '--json')).json());
    const types = executions[0].events.map(({ type }: { type: string }) => type);
    expect([types[0], types.at(-1)]).toEqual(['ExecutionStarted', 'ExecutionSucceeded']);
    expect((await site.run('history', run)).stdout).toMatch(/Install +having the target accept/);

    const out = join(folder(), 'run.svg');
    expect((await site.run('graph', run, '--out', out)).stdout.trim()).toBe(out);
    expect(readFileSync(out, 'utf8')).toContain('visited');
    expect((await site.run('graph', 'overlap', '--out', out)).code).toBe(0);
    expect((await site.run('graph', 'nothing-of-the-kind', '--out', out)).code).toBe(2);
  });
});

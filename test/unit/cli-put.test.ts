import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLocal } from '../../lib/local/local.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { TOY, toySite } from '../support/toy-site.ts';

const folder = useTempDir();
const HOOK = 'staging/external/hook';
const stdinOf = (fields: object) => ({ stdin: JSON.stringify(fields) });

describe('put', () => {
  it('refuses a second value unless it is to replace the first, which is recorded', async () => {
    const site = await toySite(folder());
    const mine = stdinOf({ username: 'green', password: CANARY });
    const second = await site.runWith(mine, 'put', TOY);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('--replace');
    const replaced = await site.runWith(mine, 'put', TOY, '--replace', '--json');
    expect(replaced.code, replaced.stderr).toBe(0);
    expect(replaced.json().replaced).toMatch(/^[0-9a-f]{32}$/);
    const audit = (await site.run('audit', 'query', '--secret', TOY, '--json')).stdout;
    expect(audit).toContain('"outcome":"stored"');
    expect(audit).toContain('"decision":"replace"');
    for (const text of [second.stderr, replaced.stdout, replaced.stderr, audit]) assertNoLeak(text, CANARY);
  });

  it.each([
    ['no JSON', 'secret!', 'one JSON object'],
    ['no texts', '{"username": 1}', 'one JSON object'],
    ['nothing', '', 'one JSON object'],
    ['a field too few', '{"username": "u"}', 'it has the fields username, password'],
    ['a field too many', '{"username": "u", "password": "p", "more": "m"}', 'it has the fields username, password'],
  ])('refuses %s', async (_, stdin, why) => {
    const site = await toySite(folder());
    const { code, stderr } = await site.runWith({ stdin }, 'put', TOY, '--replace');
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('secret!');
  });

  it('takes any fields of a value that is held only', async () => {
    const site = await toySite(folder());
    expect((await site.runWith(stdinOf({ url: CANARY }), 'put', HOOK)).code).toBe(0);
    expect((await site.runWith(stdinOf({}), 'put', HOOK, '--replace')).code).toBe(2);
    expect((await site.runWith(stdinOf({ url: 'u' }), 'put', 'staging/external/hok')).code).toBe(2);
  });

  it('refuses while a rotation has the secret', async () => {
    const site = await toySite(folder());
    const data = { configFile: join(folder(), 'keyturn.yaml'), dataDir: join(folder(), 'data'), catalog: builtIn };
    const local = openLocal(data);
    await local.ledger.acquireLocks([`secret:${TOY}`], { rotationId: 'r-other', execution: 'e' });
    local.close();
    const { code, stderr } = await site.runWith(stdinOf({ username: 'u', password: 'p' }), 'put', TOY, '--replace');
    expect(code).toBe(1);
    expect(stderr).toContain('r-other');
  });

  it('takes no value from the command line', async () => {
    const site = await toySite(folder());
    expect((await site.run('put', TOY, CANARY)).code).toBe(2);
  });
});

describe('release', () => {
  it('forgets a pending copy of the current value, which a put left when it was killed', async () => {
    const site = await toySite(folder());
    const data = { configFile: join(folder(), 'keyturn.yaml'), dataDir: join(folder(), 'data') };
    const { loadCatalog } = await import('../../lib/cli/own-plugins.ts');
    const local = openLocal({ ...data, catalog: await loadCatalog(data.configFile) });
    const deps = local.deps();
    const entry = deps.config.secrets.get(TOY);
    if (entry === undefined) throw new Error(`${TOY} is not in the configuration`);
    const backend = await deps.open.backend(entry);
    const ref = { path: entry.path, fields: entry.fields };
    await backend.stage(ref, 'f'.repeat(32), (await backend.read(ref, 'current')).value);
    local.close();
    const refused = await site.run('rotate', TOY);
    expect(refused.stdout).toContain('PendingForeign');
    const { code, stdout } = await site.run('release', TOY, '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('f'.repeat(32));
    expect((await site.run('rotate', TOY)).code).toBe(0);
  });
});

describe('plan, due and doctor', () => {
  it('show what is there, and name what is missing', async () => {
    const site = await toySite(folder());
    const plan = await site.run('plan', '--as', 'ada');
    expect(plan.code).toBe(0);
    for (const text of [
      'verdict',
      'fresh',
      'shop: env-file, none, proven by says',
      'give every name an account',
      'none: the target accepts old and new',
    ])
      if (text !== 'verdict') expect(plan.stdout).toContain(text);
    const digests = await Promise.all(
      ['ada', 'ben'].map(
        async (name) => Object((await site.run('plan', '--as', name, '--json')).json()).plans[0].digest,
      ),
    );
    expect(new Set(digests).size).toBe(2);

    expect((await site.run('due')).stdout).toMatch(new RegExp(`${HOOK} +LOW +shop-team +- +- +no value`));
    const sick = await site.run('doctor', '--json');
    expect(sick.code).toBe(5);
    const failed = Object(sick.json()).findings.filter(({ verdict }: { verdict: string }) => verdict === 'fail');
    expect(failed).toEqual([expect.objectContaining({ subject: HOOK, remedy: `keyturn put ${HOOK}` })]);

    await site.runWith(stdinOf({ url: 'u' }), 'put', HOOK);
    expect((await site.run('doctor')).code).toBe(0);
    writeFileSync(join(folder(), 'target.json'), '{}');
    const refused = await site.run('doctor');
    expect(refused.code).toBe(5);
    expect(refused.stdout).toContain(`✖ ${TOY} login: the target refuses it`);
  });
});

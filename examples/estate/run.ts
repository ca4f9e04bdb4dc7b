import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTraffic } from '../../lib/cli/demo/traffic.ts';
import { openEstate } from './estate.ts';
import type { Missing, Part } from './part.ts';
import { PARTS } from './parts/index.ts';

const ROUNDS = 2;
const PER_SECOND = 20;

const folder = mkdtempSync(join(tmpdir(), 'keyturn-estate-'));
const failed: string[] = [];
const observe = (what: string, seen: string, holds: boolean): void => {
  console.info(`  ${holds ? '✔' : '✖'} ${what}: ${seen}`);
  if (!holds) failed.push(what);
};

const started = await Promise.all(PARTS.map((start) => start(folder)));
const parts = started.filter((it): it is Part => 'first' in it);
const missing = started.filter((it): it is Missing => 'why' in it);
for (const { secrets, why } of missing) console.info(`left out: ${secrets.join(', ')}: ${why}`);
const estate = await openEstate(folder, parts, { leftOut: missing.flatMap(({ secrets }) => secrets) });
const traffic = startTraffic(estate.servicePorts, PER_SECOND);
try {
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.info(`\nRound ${round}: everything is rotated under traffic.`);
    const before = await estate.values();
    const code = await estate.keyturn(['rotate', '--all', '--reason', `round ${round}`, '--yes']);
    observe('keyturn rotate --all', `exit code ${code}`, code === 0);
    for (const { secretId, old, fresh } of await estate.looks(before)) {
      observe(secretId, `old ${old}, new ${fresh}`, old === 'refused' && fresh === 'accepted');
    }
    const due = await estate.keyturn(['rotate', '--due', '--yes']);
    observe('rerun at once: nothing due', `exit code ${due}`, due === 0);
  }
  const { requests, failedAuthentications, otherFailures } = await traffic.stop();
  console.info('\nThe count.');
  observe('requests', String(requests), requests >= 1000);
  observe('refused by a target', String(failedAuthentications), failedAuthentications === 0);
  observe('other failures', String(otherFailures), otherFailures === 0);
  for (const { looksAt, counts } of parts) {
    const { tried = 0, failed: lost = 0 } = counts?.() ?? {};
    if (counts !== undefined) observe(`${looksAt}: decryptions`, `${tried}, ${lost} failed`, tried > 0 && lost === 0);
  }
  observe('keyturn drift', 'compared', (await estate.keyturn(['drift'])) === 0);
  observe('keyturn audit verify', 'run', (await estate.keyturn(['audit', 'verify'])) === 0);
} finally {
  await traffic.stop();
  await estate.close();
  await Promise.all(parts.map((part) => part.stop()));
  rmSync(folder, { recursive: true, force: true });
}
console.info(failed.length === 0 ? 'everything held' : `did not hold: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

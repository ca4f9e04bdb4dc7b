import { statSync } from 'node:fs';
import { verifyAudit } from '../local/audit-anchor.ts';
import { tryAcquireEngineLock } from '../local/engine-lock.ts';
import { anchorFileOf } from './anchor-audit.ts';
import { fail, looking, ok, type Probe, warn } from './probe.ts';

/** Who else may look into the data directory. */
export const probeDataDirectory: Probe = async ({ local: { dataDir } }) => {
  const mode = statSync(dataDir).mode & 0o777;
  const subject = `data directory ${dataDir}`;
  if ((mode & 0o077) === 0) return [ok(subject, 'only its owner has access')];
  return [warn(subject, `its mode is 0${mode.toString(8)}`, `chmod 700 ${dataDir}`)];
};

/** Whether the chain is read and holds; without an anchor a cut tail would not show. */
export const probeLedger: Probe = async ({ local: { ledger, keys, baseDir }, config: { anchor } }) => [
  await looking('ledger', async () => {
    const anchorFile = anchor === undefined ? undefined : anchorFileOf(baseDir, anchor);
    const { records, findings } = verifyAudit({ ledger, keys, anchorFile });
    const [first] = findings;
    if (first !== undefined && records > 0)
      return fail('ledger', `its audit chain does not hold: ${first.problem}`, 'see `keyturn audit verify`');
    return ok('ledger', `${records} audit records, which hold`);
  }),
  anchor === undefined
    ? warn(
        'audit anchor',
        'none is configured, so that a cut tail of the chain would not show',
        'set audit.anchor to a file out of reach',
      )
    : ok('audit anchor', anchor),
];

/** Whether somebody drives this data directory. */
export const probeEngine: Probe = async ({ local: { dataDir } }) => [
  await looking('engine', async () => {
    const lock = tryAcquireEngineLock(dataDir);
    if ('heldBy' in lock) return ok('engine', `process ${lock.heldBy} drives this data directory`);
    lock.release();
    return ok('engine', 'free');
  }),
];

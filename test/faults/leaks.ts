import { z } from 'zod';
import { openSql } from '../../lib/local/ledger/sql.ts';
import { assertNoLeak } from '../support/leak.ts';
import { kindOf } from './harness/kinds.ts';
import { NEW_CANARY, OLD_CANARY } from './harness/login-type.ts';
import type { Site } from './harness/site.ts';

/** Every place where a value has no business, as text. The journal has every event of every history. */
function sinksOf(site: Site): Readonly<Record<string, string>> {
  const { world, process, local, journal } = site;
  return {
    log: world.log.join('\n'),
    journal: JSON.stringify(journal.records),
    ends: JSON.stringify(process.engine.list().map(({ error, cause, output }) => ({ error, cause, output }))),
    ledger: JSON.stringify(tablesOf(site.ledgerFile)),
    notices: JSON.stringify(world.notices),
    audit: JSON.stringify(local.ledger.rawChain()),
  };
}

function tablesOf(file: string): unknown[] {
  const sql = openSql(file);
  const tables = sql.values("SELECT name FROM sqlite_master WHERE type = 'table'").map(String);
  const rows = tables.map((table) => sql.rows(z.record(z.string(), z.unknown()), `SELECT * FROM "${table}"`));
  sql.close();
  return rows;
}

/** @returns where a canary, or the hash of a value, got out to */
export function leakOf(site: Site): string | undefined {
  const values = [...site.world.store.known.values()].flatMap(({ fields }) => kindOf(fields).secrets(fields));
  try {
    for (const [sink, text] of Object.entries(sinksOf(site))) {
      for (const canary of [NEW_CANARY, OLD_CANARY, ...values]) assertNoLeak(text, canary, sink);
    }
    return undefined;
  } catch (error) {
    return String(error);
  }
}

import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { RotationError } from '../../../lib/core/errors.ts';
import { Secret } from '../../../lib/core/secret.ts';
import { openKeys } from '../../../lib/local/keys.ts';
import { openSqliteLedger } from '../../../lib/local/ledger/sqlite-ledger.ts';
import { local } from '../../../lib/plugins/backends/local.ts';
import { anEntry, aRequest } from '../ledger-records.ts';
import { pluginDeps } from '../plugin-deps.ts';

/** Writes to ledger and store until no more fits (files are limited in size by whoever starts this) and tells each first failure. */

// Its default is death, before the write can fail.
process.on('SIGXFSZ', () => undefined);
const [dataDir = ''] = process.argv.slice(2);
const ledger = openSqliteLedger({ file: join(dataDir, 'ledger.db'), keys: openKeys(dataDir), now: Date.now });
const store = await local.create({ use: 'local' }, pluginDeps({ dataDir }));
const ref = { path: 'database/orders', fields: {} };

async function untilFailure(what: string, write: (number: number) => Promise<unknown>): Promise<void> {
  for (let number = 0; ; number += 1) {
    try {
      await write(number);
    } catch (error) {
      const told = error instanceof RotationError ? error.message : String(error);
      writeSync(1, `${JSON.stringify({ what, after: number, name: error instanceof Error && error.name, told })}\n`);
      return;
    }
  }
}

const big = 'x'.repeat(4000);
await untilFailure('stage', (number) => store.stage(ref, String(number).padStart(32, '0'), Secret.of({ text: big })));
await untilFailure('audit', (number) => ledger.appendAudit(anEntry(`key ${number}`, { actor: big })));
await untilFailure('request', (number) => ledger.saveRequest(aRequest({ ticket: `ticket-${number}`, reason: big })));

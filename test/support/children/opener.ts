import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../../lib/core/secret.ts';
import { tryAcquireEngineLock } from '../../../lib/local/engine-lock.ts';
import { openKeys } from '../../../lib/local/keys.ts';
import { openSqliteLedger } from '../../../lib/local/ledger/sqlite-ledger.ts';
import { local } from '../../../lib/plugins/backends/local.ts';
import { pluginDeps } from '../plugin-deps.ts';

/** Opens everything in a data directory and tells how each is refused; the ledger with keys from elsewhere. */

const [dataDir = '', keysDir = ''] = process.argv.slice(2);
const keys = openKeys(keysDir);

const OPENINGS: Readonly<Record<string, () => unknown>> = {
  keys: () => openKeys(dataDir),
  ledger: () => openSqliteLedger({ file: join(dataDir, 'ledger.db'), keys, now: Date.now }),
  engine: () => tryAcquireEngineLock(dataDir),
  store: async () => {
    const client = await local.create({ use: 'local' }, pluginDeps({ dataDir }));
    return client.stage({ path: 'p', fields: {} }, 'v', Secret.of({}));
  },
};

for (const [what, open] of Object.entries(OPENINGS)) {
  try {
    await open();
    writeSync(1, `${JSON.stringify({ what, name: 'opened' })}\n`);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    writeSync(1, `${JSON.stringify({ what, name, told: message })}\n`);
  }
}

import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openKeys } from '../../../lib/local/keys.ts';
import { openSqliteLedger } from '../../../lib/local/ledger/sqlite-ledger.ts';
import { anEntry, aRotation } from '../ledger-records.ts';

/** Takes a lock of its own, writes audit records under it, `count` of them, and says each that is durable. */

const [dataDir = '', name = '', count = 'Infinity'] = process.argv.slice(2);
const ledger = openSqliteLedger({ file: join(dataDir, 'ledger.db'), keys: openKeys(dataDir), now: Date.now });
const rotationId = `r-${name}`;
const fence = await ledger.acquireLocks([name], { rotationId, execution: `${rotationId}/${process.pid}` });
await ledger.saveRotation(aRotation({ rotationId, fence }));
writeSync(1, `fence ${fence}\n`);

for (let number = 1; number <= Number(count); number += 1) {
  const key = `${name}/${process.pid}/${number}`;
  await ledger.advance(rotationId, fence, { phase: 'installed', updatedAt: new Date().toISOString() });
  await ledger.appendAudit(anEntry(key));
  writeSync(1, `${key}\n`);
}
ledger.close();

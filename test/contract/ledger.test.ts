import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { openKeys } from '../../lib/local/keys.ts';
import { openSqliteLedger, type SqliteLedger } from '../../lib/local/ledger/sqlite-ledger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { ledgerContract } from './ledger-contract.ts';

describe('SQLite ledger', () => {
  const opened: SqliteLedger[] = [];
  afterEach(() => {
    for (const ledger of opened.splice(0)) ledger.close();
  });

  ledgerContract(() => {
    const dataDir = temporaryDirectory();
    const keys = openKeys(dataDir);
    const open = () => {
      const ledger = openSqliteLedger({ file: join(dataDir, 'ledger.db'), keys, now: Date.now });
      opened.push(ledger);
      return ledger;
    };
    return { ledger: open(), other: open() };
  });
});

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { ledgerKeyFile, openKeys } from '../../lib/local/keys.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDirectory();
});

const named = (name: string) => expect.objectContaining({ name });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('the keys of a ledger', () => {
  it('are made once, closed to others, and found again', () => {
    const made = openKeys(dataDir);
    expect([modeOf(join(dataDir, 'keys')), modeOf(ledgerKeyFile(dataDir))]).toEqual(['700', '600']);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['ledger.key']);
    const found = openKeys(dataDir);
    expect(found.auditPublicKey).toBe(made.auditPublicKey);
    expect(found.fingerprint('x')).toBe(made.fingerprint('x'));
    expect(found.unseal(made.seal('token'))).toBe('token');
    expect(found.verify('text', made.sign('text'))).toBe(true);
  });

  it('differ from those of another', () => {
    const [one, two] = [openKeys(dataDir), openKeys(temporaryDirectory())];
    expect(two.fingerprint('x')).not.toBe(one.fingerprint('x'));
    expect(two.auditKeyId).not.toBe(one.auditKeyId);
    expect(two.verify('text', one.sign('text'))).toBe(false);
    expect(() => two.unseal(one.seal('token'))).toThrow(named('ValueCorrupt'));
  });

  it('sign one text, in one spelling', () => {
    const keys = openKeys(dataDir);
    const signature = keys.sign('text');
    expect(keys.verify('text!', signature)).toBe(false);
    const loose = `${signature.slice(0, -3)}${String.fromCharCode(signature.charCodeAt(signature.length - 3) + 1)}==`;
    expect(Buffer.from(loose, 'base64').equals(Buffer.from(signature, 'base64'))).toBe(true);
    expect(keys.verify('text', loose)).toBe(false);
  });

  it('do not print', () => {
    const keys = openKeys(dataDir);
    const { fingerprint, token, audit } = JSON.parse(readFileSync(ledgerKeyFile(dataDir), 'utf8'));
    const text = inspect(keys, { depth: 9, showHidden: true }) + JSON.stringify(keys);
    for (const key of [fingerprint, token, audit]) expect(text).not.toContain(key);
  });

  it.each([0o640, 0o604, 0o660, 0o610])('are refused with mode %i', (mode) => {
    openKeys(dataDir);
    chmodSync(ledgerKeyFile(dataDir), mode);
    expect(() => openKeys(dataDir)).toThrow(named('KeyFileExposed'));
    expect(() => openKeys(dataDir)).toThrow(ledgerKeyFile(dataDir));
  });

  it.each(['', '{}', 'junk', '{"format":1,"fingerprint":"AAAA","token":"AAAA","audit":"AAAA"}'])(
    'are refused as %j',
    (text) => {
      openKeys(dataDir);
      writeFileSync(ledgerKeyFile(dataDir), text);
      expect(() => openKeys(dataDir)).toThrow(named('KeyFileInvalid'));
    },
  );

  it('are never made anew for a ledger that is there', () => {
    openKeys(dataDir);
    writeFileSync(join(dataDir, 'ledger.db'), '');
    rmSync(ledgerKeyFile(dataDir));
    expect(() => openKeys(dataDir)).toThrow(named('KeyFileInvalid'));
    expect(existsSync(ledgerKeyFile(dataDir))).toBe(false);
  });

  it('need a directory that can be made', () => {
    writeFileSync(join(dataDir, 'keys'), 'a file');
    expect(() => openKeys(dataDir)).toThrow(named('KeyFileInvalid'));
  });
});

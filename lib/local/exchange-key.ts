import { createPublicKey, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { replaceAtomically } from '../core/atomic-file.ts';
import { errorCode, RotationError } from '../core/errors.ts';
import { readKeyFile } from '../core/key-file.ts';
import { type KeyFile, ledgerKeyFile, newKey, newSigner, parseKeys, publicText } from './keys.ts';

/** The keys of a ledger that are exchanged, by what they are for. */
export const EXCHANGED = ['fingerprint', 'audit'] as const;
export type Exchanged = (typeof EXCHANGED)[number];

const EXCHANGES: Record<Exchanged, (keys: KeyFile, publicKey: string) => KeyFile> = {
  fingerprint: (keys) => ({
    ...keys,
    fingerprint: newKey(),
    formerFingerprints: [keys.fingerprint, ...keys.formerFingerprints],
  }),
  audit: (keys, publicKey) => ({ ...keys, audit: newSigner(), formerAudits: [publicKey, ...keys.formerAudits] }),
};

/** Exchanges one key, in one step: a crash leaves the old or the new. Keys that are open in a process are what they were. */
export function exchangeKey(dataDir: string, which: Exchanged): void {
  const file = ledgerKeyFile(dataDir);
  const { signer, ...keys } = parseKeys(readKeyFile(fs, file) ?? '', file);
  const data = `${JSON.stringify(EXCHANGES[which](keys, publicText(createPublicKey(signer))))}\n`;
  try {
    replaceAtomically(fs, { file, directory: join(dataDir, 'keys'), temporary: `${file}.${randomUUID()}`, data });
  } catch (error) {
    throw new RotationError('StorageFailed', { subject: file, code: errorCode(error) ?? '' });
  }
}

import { resolve } from 'node:path';
import { anchorHead } from '../local/audit-anchor.ts';
import type { Host } from './host.ts';

/** Keeps the head of the audit chain where the operator wants it. @throws Conflict when the chain lacks what was anchored; StorageFailed */
export async function anchorAudit({ local, config }: Pick<Host, 'local' | 'config'>): Promise<void> {
  if (config.anchor === undefined) return;
  await anchorHead({ ledger: local.ledger, keys: local.keys, anchorFile: anchorFileOf(local.baseDir, config.anchor) });
}

/** Relative names start at the folder of keyturn.yaml. */
export const anchorFileOf = (baseDir: string, anchor: string): string => resolve(baseDir, anchor);

import type { SecretRef } from '../../core/ports.ts';
import { entryId } from '../entries/entry-record.ts';
import type { Described } from './secrets-api.ts';

/** AWS's own labels. */
export const CURRENT = 'AWSCURRENT';
export const PENDING = 'AWSPENDING';

/** A version of AWS that holds a pending version of an entry. */
export interface PendingLabel {
  readonly id: string;
  readonly label: string;
  readonly version: string;
  /** Epoch ms. */
  readonly since: number;
}

/** AWSPENDING is one for a whole secret; a label of our own keeps each pending version of each entry from being pruned. */
export const pendingLabel = (ref: SecretRef, version: string, since: number): string =>
  `keyturn-pending-${entryId(ref)}-${version}-${since}`;

const PATTERN = /^keyturn-pending-([0-9a-f]{12})-(.+)-(\d+)$/;

/** The pending versions of an entry. */
export function pendingIn(ref: SecretRef, { labels }: Described): readonly PendingLabel[] {
  return [...labels].flatMap(([id, own]) =>
    own.flatMap((label): PendingLabel[] => {
      const [, entry, version = '', since] = PATTERN.exec(label) ?? [];
      return entry === entryId(ref) ? [{ id, label, version, since: Number(since) }] : [];
    }),
  );
}

/** The version of AWS that carries a label. */
export const labelled = ({ labels }: Described, label: string): string | undefined =>
  [...labels].find(([, own]) => own.includes(label))?.[0];

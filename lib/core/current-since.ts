import type { Ledger } from './ledger.ts';
import type { VersionInfo } from './ports.ts';

/**
 * Since when what is in use has been in use, ISO 8601. A run that went back leaves an old key under a version that became
 * current only then: it is as old as it was before that run.
 */
export async function currentSince(
  { ledger }: { readonly ledger: Pick<Ledger, 'rotations'> },
  secretId: string,
  current: VersionInfo,
): Promise<string> {
  const [last] = await ledger.rotations({ secretId, limit: 1 });
  const isStillOld = last !== undefined && last.status !== 'COMMITTED' && last.previous === current.version;
  return (isStillOld ? last.previousSince : undefined) ?? current.since;
}

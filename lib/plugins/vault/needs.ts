import type { Entry } from './entry.ts';
import { accessDenied } from './refusal.ts';

/** What one operation asks of the server: the one table from which it is checked beforehand and policies are written. */
export type Need = readonly [part: 'data' | 'metadata', place: 'live' | 'pending' | 'folder', capability: string];

/** Of the live path's first value, and of one that was deleted by hand. */
export const FIRST: Need = ['data', 'live', 'create'];
export const AGAIN: Need = ['data', 'live', 'update'];
const CHANGE: Need = ['data', 'live', 'patch'];

export const NEEDS = {
  read: [
    ['data', 'live', 'read'],
    ['data', 'pending', 'read'],
  ],
  versions: [
    ['metadata', 'live', 'read'],
    ['metadata', 'folder', 'list'],
    ['metadata', 'pending', 'read'],
  ],
  stage: [
    ['data', 'live', 'read'],
    ['data', 'pending', 'create'],
    ['data', 'pending', 'read'],
    ['metadata', 'pending', 'read'],
    ['metadata', 'pending', 'patch'],
  ],
  promote: [
    ['data', 'live', 'read'],
    CHANGE,
    ['metadata', 'live', 'patch'],
    ['data', 'pending', 'read'],
    ['metadata', 'pending', 'delete'],
  ],
  demote: [
    ['data', 'live', 'read'],
    CHANGE,
    ['metadata', 'live', 'patch'],
    ['data', 'pending', 'create'],
    ['data', 'pending', 'read'],
    ['metadata', 'pending', 'read'],
    ['metadata', 'pending', 'patch'],
  ],
  discard: [
    ['data', 'live', 'read'],
    ['metadata', 'pending', 'read'],
    ['metadata', 'pending', 'delete'],
  ],
} as const satisfies Record<string, readonly Need[]>;

export type Operation = keyof typeof NEEDS;

/** The needs of writing the live path, by what lies there. */
export const instead = (needs: readonly Need[], change: Need): readonly Need[] =>
  needs.map((need) => (need === CHANGE ? change : need));

/**
 * Asks the server, before the first of several writes, whether the token may do all of them: none is done by halves.
 *
 * @throws AccessDenied naming path and capability; ConfigInvalid where no such engine is mounted
 */
export async function refuseUnlessAllowed(entry: Entry, version: string, needs: readonly Need[]): Promise<void> {
  const { places, kv } = entry;
  const where = { live: places.live, folder: places.folder, pending: places.pending(version) };
  const wanted = needs.map(([part, place, capability]) => ({ path: `${part}/${where[place]}`, capability }));
  await kv.refuseOtherEngine();
  const allowed = await kv.allowed([...new Set(wanted.map(({ path }) => path))]);
  const lacking = wanted.find(({ path, capability }) => !mayDo(allowed.get(path) ?? [], capability));
  if (lacking !== undefined) throw accessDenied(`${kv.mount}/${lacking.path}`, lacking.capability);
}

const mayDo = (allowed: readonly string[], capability: string) =>
  allowed.includes('root') || allowed.includes(capability);

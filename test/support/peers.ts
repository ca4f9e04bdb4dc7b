import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.ts';

/** What `test/peers/setup` has laid out. */
export const peersCache = join(root, '.peers-cache');

/**
 * Why a peer cannot be used here, for the reason of a skip; undefined when it is ready.
 *
 * @throws when the set-up script has not run for it
 */
export function missing(peer: string): string | undefined {
  const note = join(peersCache, `${peer}.missing`);
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  if (!existsSync(join(peersCache, `${peer}.log`)))
    throw new Error(`run test/peers/setup first: it has not seen ${peer}`);
  return undefined;
}

import type { Change, PluginDeps } from '../../core/ports.ts';
import { filePlace } from './file-place.ts';
import { httpPlace } from './http-place.ts';
import type { Publication } from './target.ts';

/** Where a document is published. */
export interface Place {
  /** For messages. */
  readonly subject: string;
  /** Undefined where there is none. */
  read(): Promise<string | undefined>;
  /**
   * Replaces the document by what `change` makes of it, and again where another writer was faster; undefined leaves it.
   *
   * @throws Conflict when others keep changing it, OutcomeUnknown
   */
  edit(change: (found: string | undefined) => string | undefined): Promise<Change>;
}

/** Undefined where nothing is published. */
export function placeOf(publication: Publication, deps: PluginDeps): Place | undefined {
  if (publication.to === 'file') return filePlace(publication.path, deps);
  return publication.to === 'http' ? httpPlace(publication, deps) : undefined;
}

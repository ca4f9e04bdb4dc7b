import { RotationError } from '../../../lib/core/errors.ts';
import type { Change, Versions } from '../../../lib/core/ports.ts';

export interface StoredVersion {
  readonly version: string;
  /** ISO 8601 */
  readonly since: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Shelf {
  readonly current?: StoredVersion;
  readonly previous?: StoredVersion;
  readonly pending: readonly StoredVersion[];
}

const EMPTY: Shelf = { pending: [] };

/** Keeps versions by path, by the rules that every backend follows; can answer one look with what was true before the last change. */
export class Store {
  readonly #shelves = new Map<string, Shelf>();
  readonly #before = new Map<string, Shelf>();
  #stale = false;
  /** How often a look was answered with an earlier state. */
  lagged = 0;
  /** Everything that it ever held. */
  readonly known = new Map<string, StoredVersion>();
  /** What other writers have made current. */
  readonly foreign = new Map<string, string>();
  /** Everything that was ever staged, also in vain. */
  readonly staged: (StoredVersion & { readonly path: string })[] = [];
  /** Whether promote compares before it sets: a mutant has it not. */
  compares = true;

  shelf(path: string): Shelf {
    return this.#shelves.get(path) ?? EMPTY;
  }

  put(path: string, shelf: Shelf): void {
    for (const entry of [shelf.current, ...shelf.pending]) if (entry) this.known.set(entry.version, entry);
    this.#before.set(path, this.shelf(path));
    this.#shelves.set(path, shelf);
  }

  /** Another writer makes a value of its own current; the answer puts back what was there. */
  overwrite(path: string, entry: StoredVersion): () => void {
    const shelf = this.shelf(path);
    this.put(path, { current: entry, ...(shelf.current && { previous: shelf.current }), pending: shelf.pending });
    this.foreign.set(path, entry.version);
    return () => {
      const { pending } = this.shelf(path);
      this.foreign.delete(path);
      this.put(path, { ...shelf, pending });
    };
  }

  /** The next look that can see an earlier state does. */
  lagOnce(): void {
    this.#stale = true;
  }

  catchUp(): void {
    this.#stale = false;
  }

  versions(path: string): Versions {
    const { current, previous, pending } = this.#seen(path);
    const info = ({ version, since }: StoredVersion) => ({ version, since });
    return {
      ...(current && { current: info(current) }),
      ...(previous && { previous: info(previous) }),
      pending: pending.map(info),
    };
  }

  read(path: string, version: string): StoredVersion {
    const { current, previous, pending } = this.#seen(path);
    const found =
      version === 'current' ? current : [current, previous, ...pending].find((it) => it?.version === version);
    if (found === undefined) throw new RotationError('SecretNotFound', { subject: `${path}, version ${version}` });
    return found;
  }

  stage(path: string, entry: StoredVersion): Change {
    const shelf = this.shelf(path);
    const there = [shelf.current, shelf.previous, ...shelf.pending].find((it) => it?.version === entry.version);
    this.staged.push({ ...entry, path });
    if (there === undefined) {
      this.put(path, { ...shelf, pending: [...shelf.pending, entry] });
      return 'applied';
    }
    if (JSON.stringify(there.fields) === JSON.stringify(entry.fields)) return 'not-applied';
    throw new RotationError('VersionConflict', { subject: `${path}, version ${entry.version}` });
  }

  promote(path: string, version: string, expected: string | undefined): Change {
    const shelf = this.shelf(path);
    if (shelf.current?.version === version) return 'not-applied';
    const entry = shelf.pending.find((it) => it.version === version);
    if (entry === undefined) throw new RotationError('SecretNotFound', { subject: `${path}, version ${version}` });
    if (this.compares && shelf.current?.version !== expected) throw conflict(path);
    this.put(path, {
      current: entry,
      ...(shelf.current && { previous: shelf.current }),
      pending: shelf.pending.filter((it) => it !== entry),
    });
    return 'applied';
  }

  demote(path: string, version: string, previous: string): Change {
    const shelf = this.shelf(path);
    if (shelf.current?.version === previous) return 'not-applied';
    const isSwitch = shelf.current?.version === version && shelf.previous?.version === previous;
    if (!isSwitch || !shelf.current || !shelf.previous) throw conflict(path);
    this.put(path, { current: shelf.previous, pending: [...shelf.pending, shelf.current] });
    return 'applied';
  }

  discard(path: string, version: string): Change {
    const shelf = this.shelf(path);
    if ([shelf.current?.version, shelf.previous?.version].includes(version)) throw conflict(path);
    if (!shelf.pending.some((it) => it.version === version)) return 'not-applied';
    this.put(path, { ...shelf, pending: shelf.pending.filter((it) => it.version !== version) });
    return 'applied';
  }

  /** Spends the lag on this look when it makes a difference. */
  #seen(path: string): Shelf {
    const before = this.#before.get(path);
    if (!this.#stale || before === undefined) return this.shelf(path);
    this.#stale = false;
    this.lagged += 1;
    return before;
  }
}

const conflict = (path: string) => new RotationError('Conflict', { subject: path });

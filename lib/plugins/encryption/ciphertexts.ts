import type { Change, PluginDeps } from '../../core/ports.ts';
import { withFiles } from './file-ciphertexts.ts';
import { withTable } from './table-ciphertexts.ts';
import type { DataPlace } from './target.ts';
import type { Form } from './wrapping.ts';

export interface Ciphertext {
  /** Where it lies, as messages may show it. */
  readonly id: string;
  readonly text: string;
}

/** Ciphertexts of one form, wherever they lie, and beside them a text that says which keys they may be under. */
export interface Ciphertexts {
  readonly subject: string;
  /** How many are under each key id; under the empty id are those of no such form. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Some of those that are under one of these keys. */
  under(kids: readonly string[], most: number): Promise<readonly Ciphertext[]>;
  /** @returns false where another writer has changed it since it was read */
  replace(found: Ciphertext, text: string): Promise<boolean>;
  readRegister(): Promise<string | undefined>;
  /** @throws Conflict when another writer keeps changing it */
  editRegister(change: (found: string | undefined) => string): Promise<Change>;
}

export type WithCiphertexts = <T>(work: (data: Ciphertexts) => Promise<T>) => Promise<T>;

/** Opens the place for each piece of work, and closes it. */
export const ciphertextsAt = (place: DataPlace, form: Form, deps: PluginDeps): WithCiphertexts =>
  place.in === 'files' ? withFiles(place, form, deps) : withTable(place, form, deps);

import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** A credential's named fields in clear, e.g. `{ username, password }`. Lives only inside a {@link Secret}. */
export type Fields = Readonly<Record<string, string>>;

const REDACTED = '<redacted>';

/**
 * The value of a secret, which prints as `<redacted>` however it is printed.
 *
 * JavaScript strings cannot be wiped from memory: the wrapper keeps a value out of every sink, not out of a core dump.
 */
export class Secret {
  readonly #fields: Fields;

  private constructor(fields: Fields) {
    this.#fields = Object.freeze({ ...fields });
  }

  static of(fields: Fields): Secret {
    return new Secret(fields);
  }

  /** The fields in clear: call it where the value leaves for its destination, and nowhere else. */
  reveal(): Fields {
    return this.#fields;
  }

  /** The names of the fields, which are not secret. */
  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** One field in clear, or undefined when the secret has none of that name. */
  field(name: string): string | undefined {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  /** Whether both hold the same fields, compared in constant time per field. */
  equals(other: Secret): boolean {
    const names = this.names();
    if (names.length !== other.names().length) return false;
    return names.every((name) => {
      const mine = Buffer.from(this.field(name) ?? '');
      const theirs = other.field(name);
      if (theirs === undefined) return false;
      const bytes = Buffer.from(theirs);
      return mine.length === bytes.length && timingSafeEqual(mine, bytes);
    });
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

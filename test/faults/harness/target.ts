/** A login as it lies in a value. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A login as far as a value's fields have one. */
export const loginOf = (fields: Readonly<Record<string, string>>): Login => ({
  username: fields.username ?? '',
  password: fields.password ?? '',
});

/** A system with login roles of which two are valid at the same time. */
export class Target {
  readonly #passwords = new Map<string, string>();
  /** So many installs it refuses by its password policy. */
  refusals = 0;

  accepts({ username, password }: Login): boolean {
    return this.#passwords.get(username) === password;
  }

  /** Everything that logs in at this moment. */
  accepted(): readonly Login[] {
    return [...this.#passwords].map(([username, password]) => ({ username, password }));
  }

  add({ username, password }: Login): boolean {
    const isNew = this.#passwords.get(username) !== password;
    this.#passwords.set(username, password);
    return isNew;
  }

  remove(login: Login): boolean {
    return this.accepts(login) && this.#passwords.delete(login.username);
  }
}

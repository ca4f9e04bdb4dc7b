/** What a consumer holds: a version with its fields. */
export interface Held {
  readonly version: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What a consumer does wrong from some moment on. */
export type Ailment = 'fails to start' | 'never comes back' | 'ignores the reload' | 'cannot be asked';

interface Rollout {
  readonly key: string;
  readonly due: number;
}

/** Sessions of the credential that a process left behind. */
interface Lingering {
  readonly username: string;
  readonly until: number;
}

const START_MS = 400;
/** Longer than the grace of the strictest class, so that the quiet rule has something to wait for. */
const DRAIN_MS = 11_000;

/** A workload with a copy of the credential, a process that logs in with it, and sessions that it drains after a reload. */
export class Consumer {
  readonly name: string;
  readonly secretId: string;
  copy: Held;
  running: Held;
  /** What somebody else keeps in the same copy. */
  sibling = 'LOG_LEVEL=debug';
  ailment: Ailment | undefined;
  /** Whether its old sessions go on for ever. */
  clings = false;
  /** Whether it ails on the version that it began with, too. */
  alsoOnOld = false;
  /** So many versions, in the order in which it gets to know them, it never ails on. */
  wellOn = 1;
  readonly #versions: string[];
  #rollout: Rollout | undefined;
  #lingering: readonly Lingering[] = [];

  constructor(name: string, secretId: string, held: Held) {
    this.name = name;
    this.secretId = secretId;
    this.copy = held;
    this.running = held;
    this.#versions = [held.version];
  }

  put(held: Held): boolean {
    const isNew = this.copy.version !== held.version;
    this.copy = held;
    if (!this.#versions.includes(held.version)) this.#versions.push(held.version);
    return isNew;
  }

  /** Begins a rollout; the same one twice is one. */
  restart(key: string, now: number): boolean {
    if (this.#rollout?.key === key) return false;
    this.#rollout = { key, due: now + START_MS };
    return true;
  }

  status(key: string, now: number): 'pending' | 'healthy' | 'failed' {
    if (this.#ails('fails to start')) return 'failed';
    if (this.#ails('never comes back')) return 'pending';
    return this.#rollout?.key === key && now >= this.#rollout.due ? 'healthy' : 'pending';
  }

  /** Stops a rollout that has not come up: the process that was there goes on. */
  undo(): boolean {
    const had = this.#rollout !== undefined;
    this.#rollout = undefined;
    return had;
  }

  isSilent(): boolean {
    return this.#ails('cannot be asked');
  }

  settle(now: number): void {
    this.#lingering = this.#lingering.filter(({ until }) => this.clings || until > now);
    const due = this.#rollout !== undefined && now >= this.#rollout.due;
    const stuck = (['fails to start', 'never comes back', 'ignores the reload'] as const).some((it) => this.#ails(it));
    if (!due || stuck || this.running.version === this.copy.version) return;
    const username = this.running.fields.username ?? '';
    this.#lingering = [...this.#lingering, { username, until: (this.#rollout?.due ?? now) + DRAIN_MS }];
    this.running = this.copy;
  }

  /** The logins that its sessions use at this moment. */
  principals(): readonly string[] {
    return [this.running.fields.username ?? '', ...this.#lingering.map(({ username }) => username)];
  }

  endSessions(username: string): void {
    this.#lingering = this.#lingering.filter((session) => session.username !== username);
  }

  #ails(ailment: Ailment): boolean {
    return this.ailment === ailment && (this.alsoOnOld || this.#versions.indexOf(this.copy.version) >= this.wellOn);
  }
}

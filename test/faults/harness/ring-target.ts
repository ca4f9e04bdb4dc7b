/** How long what verifiers know of the published keys may be old. */
export const CACHE_SECONDS = 5;
/** How long a token lives. */
export const TOKEN_SECONDS = 20;

/** Records that lie there before the first rotation. */
const RECORDS = 5;

/** Where keys are published, the tokens that they signed, and the data that is encrypted with them. */
export class RingTarget {
  /** Key id -> epoch ms since which everybody can know of it. */
  readonly published = new Map<string, number>();
  /** Key id -> epoch ms at which it signed last. */
  readonly signed = new Map<string, number>();
  /** The key id of each record that nobody writes any more, and of each consumer's own, which it writes all the time. */
  #records: string[] = [];
  readonly #written = new Map<string, string>();

  /** The key that was in use before anything is rotated. */
  begin(kid: string): void {
    this.published.set(kid, 0);
    this.#records = [...this.#records, ...Array.from({ length: RECORDS }, () => kid)];
  }

  /** Has these of `own` published and no others of them. */
  show(wanted: readonly string[], own: readonly string[], now: number): boolean {
    const gone = own.filter((kid) => !wanted.includes(kid) && this.published.has(kid));
    const fresh = wanted.filter((kid) => !this.published.has(kid));
    for (const kid of gone) this.published.delete(kid);
    for (const kid of fresh) this.published.set(kid, now);
    return gone.length + fresh.length > 0;
  }

  /** A consumer signs and encrypts with the key that it has in use. */
  use(consumer: string, kid: string, now: number): void {
    this.signed.set(kid, now);
    this.#written.set(consumer, kid);
  }

  /** The ids of keys that records are under, each as often as there are such. */
  references(): readonly string[] {
    return [...this.#records, ...this.#written.values()];
  }

  /** Brings at most `most` records from one of `from` under `to`. */
  rewrap(from: readonly string[], to: string, most: number): void {
    let left = most;
    this.#records = this.#records.map((kid) => (from.includes(kid) && left-- > 0 ? to : kid));
    for (const [consumer, kid] of this.#written) if (from.includes(kid) && left-- > 0) this.#written.set(consumer, to);
  }

  /** The keys whose tokens have not all expired. */
  alive(now: number): string[] {
    return [...this.signed].filter(([, at]) => now - at < TOKEN_SECONDS * 1000).map(([kid]) => kid);
  }
}

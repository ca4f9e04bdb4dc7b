import { VirtualClock } from '../../../lib/asl/clock.ts';
import type { Json } from '../../../lib/asl/json.ts';
import { mulberry, seededIds } from '../../../lib/asl/random.ts';
import { RotationError } from '../../../lib/core/errors.ts';
import type { Notice } from '../../../lib/core/notices.ts';
import type { Consumer } from './consumer.ts';
import { useKeys } from './kinds.ts';
import { RingTarget } from './ring-target.ts';
import { Store } from './store.ts';
import { Target } from './target.ts';

/** What a step reaches out to, and what may be down. */
export type Place = 'store' | 'target' | 'copy' | 'process' | 'pager' | 'ledger' | 'audit';

/** One call of a step by the engine. */
export interface Call {
  /** From 1, over the whole run. */
  readonly n: number;
  readonly step: string;
  /** Execution and state: the same for a retry. */
  readonly key: string;
  /** Whether its state waits for a token. */
  readonly waits: boolean;
  readonly payload: Json;
  readonly run: { readonly rotationId: string; readonly secretId: string; readonly fence: number } | undefined;
  /** Whether the process that made it is gone. */
  abandoned(): boolean;
  /** Ends it without an answer. */
  hang(): Promise<never>;
}

/** Something that a step is about to do or to look at. */
export interface Deed {
  readonly place: Place;
  readonly action: string;
  readonly subject: string;
}

/** Something that a step did or looked at. */
export interface Effect extends Deed {
  /** From 1, over the whole run. */
  readonly n: number;
  /** Epoch ms. */
  readonly at: number;
  /** Whether it may change something, as opposed to a look. */
  readonly changes: boolean;
  readonly call: Call | undefined;
  readonly result: string;
}

/** What reaches into the world on behalf of one call, or of nobody's. */
export interface Hands {
  readonly world: World;
  readonly call: Call | undefined;
  act<T>(place: Place, action: string, subject: string, work: () => T | Promise<T>): Promise<T>;
}

/** Faults. Each may throw in place of what it comes before or after, or never return. */
export interface Meddler {
  beforeCall?(call: Call): Promise<void> | void;
  afterCall?(call: Call): Promise<void> | void;
  before?(deed: Deed & Pick<Effect, 'call'>): Promise<void> | void;
  after?(effect: Effect): Promise<void> | void;
}

/** When an old credential was revoked, and what was true at that instant. */
export interface Revocation {
  readonly secretId: string;
  readonly version: string;
  readonly stillOnOld: readonly string[];
  readonly sessions: readonly string[];
}

const START = Date.UTC(2026, 0, 5, 8);

/** Everything outside Keyturn: a target, a store, consumers and a pager, on a clock that jumps. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly ids: ReturnType<typeof seededIds>;
  readonly random: { bytes(length: number): Uint8Array };
  readonly store = new Store();
  readonly target = new Target();
  readonly ring = new RingTarget();
  /** The serials of certificates that are issued and not revoked. */
  readonly leaves = new Set<string>();
  readonly consumers = new Map<string, Consumer>();
  readonly notices: Notice[] = [];
  readonly log: string[] = [];
  readonly effects: Effect[] = [];
  readonly revocations: Revocation[] = [];
  /** Place -> epoch ms until which it is down. */
  readonly down = new Map<Place, number>();
  meddler: Meddler = {};
  /** Looks at everything once more; set by whoever watches. */
  observe: (effect: Effect | undefined) => void = () => undefined;

  constructor(seed: number) {
    this.ids = seededIds(seed);
    const next = mulberry(seed + 1);
    this.random = { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
  }

  consumer(name: string): Consumer {
    const found = this.consumers.get(name);
    if (found === undefined) throw new Error(`the world has no consumer ${name}`);
    return found;
  }

  /** Lets `work` act at a place, unless that is down, and has everything looked at afterwards. */
  async act<T>(call: Call | undefined, { place, action, subject }: Deed, work: () => T | Promise<T>): Promise<T> {
    if (call?.abandoned()) return call.hang();
    await this.meddler.before?.({ place, action, subject, call });
    this.#refuseWhereDown(place);
    this.settle();
    const result = await work();
    const changes = !LOOKS.has(action);
    const n = this.effects.length + 1;
    const effect = { n, at: this.clock.now(), place, action, subject, changes, call, result: shown(result) };
    this.effects.push(effect);
    this.observe(effect);
    await this.meddler.after?.(effect);
    if (call?.abandoned()) return call.hang();
    return result;
  }

  /** The world as one call has it at hand. */
  for(call: Call | undefined): Hands {
    return {
      world: this,
      act: (place, action, subject, work) => this.act(call, { place, action, subject }, work),
      call,
    };
  }

  /** Lets what was due by now happen: processes come up, old sessions end, keys are used. */
  settle(): void {
    for (const consumer of this.consumers.values()) {
      useKeys(this, consumer);
      consumer.settle(this.clock.now());
      useKeys(this, consumer);
    }
  }

  isDown(place: Place): boolean {
    return (this.down.get(place) ?? 0) > this.clock.now();
  }

  #refuseWhereDown(place: Place): void {
    if (!this.isDown(place)) return;
    throw new RotationError(DOWN[place], { subject: `the simulated ${place}`, code: 'ECONNREFUSED' });
  }
}

const LOOKS: ReadonlySet<string> = new Set([
  'read',
  'versions',
  'probe',
  'quiet',
  'status',
  'current',
  'check',
  'look',
]);

const DOWN = {
  store: 'Unavailable',
  target: 'Unavailable',
  copy: 'Unavailable',
  process: 'Unavailable',
  pager: 'Unavailable',
  ledger: 'LedgerUnavailable',
  audit: 'AuditUnavailable',
} as const;

const shown = (result: unknown): string => (typeof result === 'string' ? result : '');

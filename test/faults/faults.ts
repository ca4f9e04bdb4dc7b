import type { Ailment } from './harness/consumer.ts';
import { rotate } from './harness/run.ts';
import { BILLING, ORDERS } from './harness/scene.ts';
import type { Site } from './harness/site.ts';
import type { Call, Meddler, Place } from './harness/world.ts';

/** One fault at one call. */
export interface Trouble {
  readonly site: Site;
  /** The number of the call. */
  readonly at: number;
  /** Tells that the fault took place. */
  fire(): void;
  /** What a person does about it before a quarantine is answered. */
  onMend(mend: () => void): void;
}

type Fault = (trouble: Trouble) => Meddler;

const named = (name: string) => Object.assign(new Error(`${name}: as the sweep has it`), { name });

/** Before the call: acts on the world, which is then as it is for the calls that follow. */
const from =
  (change: (trouble: Trouble) => unknown): Fault =>
  (trouble) => ({
    beforeCall: async ({ n }) => {
      if (n !== trouble.at) return;
      trouble.fire();
      await change(trouble);
    },
  });

type Interruption = (call: Call, trouble: Pick<Trouble, 'site'>) => Promise<never>;

const crash: Interruption = (call, { site }) => {
  site.process.kill();
  return call.hang();
};

/** Nobody answers: the state's own limit ends it. A state that waits for a token learns it from the function's limit. */
const lose: Interruption = async (call) => {
  if (call.waits) throw named('Sandbox.Timedout');
  return call.hang();
};

const fail =
  (name: string): Interruption =>
  async () => {
    throw named(name);
  };

/** @param tries how many attempts of the same state */
const interrupt =
  (when: 'beforeCall' | 'afterCall', interruption: Interruption, tries = 1): Fault =>
  (trouble) => {
    let key: string | undefined;
    let left = tries;
    return {
      [when]: (call: Call) => {
        if (call.n === trouble.at) key = call.key;
        if (call.key !== key || left-- <= 0) return undefined;
        trouble.fire();
        return interruption(call, trouble);
      },
    };
  };

const down = (place: Place, seconds: number): Fault =>
  from(({ site, onMend }) => {
    site.world.down.set(place, site.world.clock.now() + seconds * 1000);
    onMend(() => site.world.down.delete(place));
  });

const ails = (ailment: Ailment, alsoOnOld = false): Fault =>
  from(({ site, onMend }) => {
    const consumer = site.world.consumer('worker');
    Object.assign(consumer, { ailment, alsoOnOld });
    onMend(() => Object.assign(consumer, { ailment: undefined }));
  });

/** The call sees once what was true before the last change in the store. */
const staleRead: Fault = ({ site: { world }, at, fire }) => {
  const before = world.store.lagged;
  return {
    beforeCall: ({ n }) => (n === at ? world.store.lagOnce() : world.store.catchUp()),
    after: () => {
      if (world.store.lagged > before) fire();
    },
  };
};

/** While the run has the secret's lock: what happens before and after is not its own. */
const overwritten: Fault = from(({ site: { world, config, book }, onMend }) => {
  if (!book.locks.has(`secret:${ORDERS}`)) return;
  const path = config.secrets.get(ORDERS)?.path ?? '';
  const since = new Date(world.clock.now()).toISOString();
  const ours = world.store.shelf(path).current?.fields ?? {};
  const fields = ours.password === undefined ? ours : { username: 'orders_a', password: "somebody else's" };
  onMend(world.store.overwrite(path, { version: 'f'.repeat(32), since, fields }));
});

const startedTwice: Fault = from(({ site }) => {
  for (const { name, machine, input } of site.process.engine.list()) {
    if (site.process.engine.start({ machine, name, input }).name !== name) throw new Error('a second execution began');
  }
});

const FOR_GOOD = 400 * 86_400;
const FOR_A_WHILE = 12;

/** Kinds that end or delay a single call, or hit it alone. */
export const INTERRUPTIONS = {
  'crash before the effect': interrupt('beforeCall', crash),
  'crash after the effect, reply lost': interrupt('afterCall', crash),
  'timeout, applied': interrupt('afterCall', lose),
  'timeout, not applied': interrupt('beforeCall', lose),
  'every attempt times out, applied': interrupt('afterCall', lose, FOR_GOOD),
  'every attempt times out, not applied': interrupt('beforeCall', lose, FOR_GOOD),
  'fatal refusal': interrupt('beforeCall', fail('AccessDenied')),
  'fatal error after the effect': interrupt('afterCall', fail('InternalError')),
  'throttled three times': interrupt('beforeCall', fail('Throttled'), 3),
  'throttled for good': interrupt('beforeCall', fail('Throttled'), FOR_GOOD),
  'stale read': staleRead,
  'duplicate start': startedTwice,
  'concurrent run for the secret': from(({ site }) => rotate(site, ORDERS)),
  'concurrent run at the target': from(({ site }) => rotate(site, BILLING)),
} as const satisfies Readonly<Record<string, Fault>>;

/** Kinds that last: from the call on something is down, or wrong. */
export const OUTAGES = {
  'backend down for a while': down('store', FOR_A_WHILE),
  'backend down for good': down('store', FOR_GOOD),
  'target down for a while': down('target', FOR_A_WHILE),
  'target down for good': down('target', FOR_GOOD),
  'one consumer fails to start': ails('fails to start'),
  'one consumer never comes back': ails('never comes back'),
  'one consumer ignores the reload': ails('ignores the reload'),
  'one consumer cannot be asked': ails('cannot be asked'),
  'one consumer fails on old and new': ails('fails to start', true),
  'notifier down': down('pager', FOR_GOOD),
  'audit sink down for a while': down('audit', FOR_A_WHILE),
  'audit sink down for good': down('audit', FOR_GOOD),
  'ledger down for a while': down('ledger', FOR_A_WHILE),
  'ledger down for good': down('ledger', FOR_GOOD),
  'another writer in the store': overwritten,
} as const satisfies Readonly<Record<string, Fault>>;

/** In the middle of a step: `at` counts effects, not calls. */
const crashWithin: Fault = ({ site, at, fire }) => {
  let seen = 0;
  return {
    after: ({ changes, call }) => {
      if (!changes || call === undefined) return undefined;
      seen += 1;
      if (seen !== at) return undefined;
      fire();
      return crash(call, { site });
    },
  };
};

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...INTERRUPTIONS,
  ...OUTAGES,
  'crash between two effects': crashWithin,
};

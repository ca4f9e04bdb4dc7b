import { versionIdOf } from '../../lib/core/names.ts';
import { PHASES, type RotationRecord } from '../../lib/core/rotation.ts';
import { versionsOf as versionsOfRun } from '../../lib/core/stages.ts';
import type { Consumer } from './harness/consumer.ts';
import { kindOf, refusedToken, unreadable, untrusted } from './harness/kinds.ts';
import { CACHE_SECONDS } from './harness/ring-target.ts';
import type { Site } from './harness/site.ts';
import type { Effect } from './harness/world.ts';

/** A moment at which everything is looked at. */
export interface Moment {
  readonly site: Site;
  /** What has just happened in the world or the ledger; absent for an event of the history. */
  readonly effect?: Effect | undefined;
}

/** @returns what is wrong, or undefined */
type Check = (moment: Moment) => string | undefined;

export const records = ({ site }: Moment) => [...site.book.records.values()];
const consumers = ({ site }: Moment) => [...site.world.consumers.values()];
export const entryOf = ({ site }: Moment, secretId: string) => {
  const entry = site.config.secrets.get(secretId);
  if (entry === undefined) throw new Error(`the scene has no secret ${secretId}`);
  return entry;
};

/** An effect on the world outside, which a rotation may make only as its protocol says. */
const outside = (effect: Effect | undefined): effect is Effect =>
  effect?.changes === true &&
  effect.result !== 'not-applied' &&
  ['store', 'target', 'copy', 'process'].includes(effect.place);

/** Whether the target takes what is new in this version. */
export function accepts({ site: { world } }: Moment, version: string): boolean {
  const known = world.store.known.get(version);
  return known !== undefined && kindOf(known.fields).isAccepted(world, known.fields);
}

const hasReached = (record: RotationRecord, phase: RotationRecord['phase']) =>
  PHASES.indexOf(record.phase) >= PHASES.indexOf(phase);

/** What must hold after every event of a history and every effect, by the number that the protocol gives it. */
export const INVARIANTS: Readonly<Record<string, Check>> = {
  I1: (moment) => {
    const { world } = moment.site;
    const locked = consumers(moment).find(({ running, copy }) =>
      [running, copy].some(({ fields }) => !kindOf(fields).works(world, fields)),
    );
    return locked && `${locked.name} holds a credential that the target refuses`;
  },

  I2: (moment) => {
    for (const { secretId, version, stillOnOld, sessions } of moment.site.world.revocations) {
      const entry = entryOf(moment, secretId);
      const waived = entry.consumers.filter((consumer) => consumer.waived !== undefined).map(({ name }) => name);
      const left = stillOnOld.filter((name) => !waived.includes(name));
      if (left.length > 0) return `${version} was revoked while ${left.join(', ')} ran on it`;
      const isWaived = records(moment).some((record) => record.secretId === secretId && record.quietWaivedBy);
      if (sessions.length > 0 && !isWaived) return `${version} was revoked under sessions of ${sessions.join(', ')}`;
    }
    const early = records(moment).find(
      (record) => !hasReached(record, 'retiring') && !accepts(moment, record.previous),
    );
    return early && `${early.previous} is refused in phase ${early.phase}`;
  },

  I3: ({ site: { world, config }, effect }) => {
    if (effect?.action !== 'install') return undefined;
    const held = [...config.secrets.values()].flatMap(({ path }) => {
      const { current, pending } = world.store.shelf(path);
      return [current, ...pending].map((it) => it?.version);
    });
    return held.includes(effect.subject)
      ? undefined
      : `the target was changed with ${effect.subject}, which lies nowhere`;
  },

  I4: (moment) => {
    const { staged } = moment.site.world.store;
    for (const record of records(moment)) {
      const own = versionsOf(record);
      const mine = staged.filter(({ path }) => path === entryOf(moment, record.secretId).path);
      const foreign = mine.find(({ version }) => !records(moment).some((it) => versionsOf(it).includes(version)));
      if (foreign !== undefined) return `${foreign.version} follows from no rotation`;
      const made = mine.filter(({ version }) => own.includes(version));
      const values = new Set(made.map(({ fields }) => kindOf(fields).novelty(fields)));
      if (values.size > record.generation) return `${values.size} values in generation ${record.generation}`;
      const texts = new Set(made.map(({ version, fields }) => `${version} ${JSON.stringify(fields)}`));
      if (texts.size > new Set(made.map(({ version }) => version)).size) return 'one version has two values';
    }
    return undefined;
  },

  I6: (moment) => {
    const { book } = moment.site;
    const { effect } = moment;
    for (const [key, fences] of book.fences) {
      if (fences.some((fence, at) => at > 0 && fence < (fences[at - 1] ?? 0))) return `the fence of ${key} went back`;
    }
    const run = effect?.call?.run;
    if (!outside(effect) || run === undefined) return undefined;
    const lock = book.locks.get(`secret:${run.secretId}`);
    if (lock?.rotationId === run.rotationId && lock.fence === run.fence) return undefined;
    return `${effect.action} by ${run.rotationId}/${run.fence}, while ${lock?.rotationId}/${lock?.fence} has the lock`;
  },

  I7: (moment) => {
    const { effect } = moment;
    const { world, book } = moment.site;
    if (effect?.place !== 'audit') return undefined;
    const { call } = effect;
    const isForward = /\/assess\/round-\d\/forward$/.test(effect.subject);
    const probed = world.effects.some((it) => it.call === call && it.action === 'probe' && it.result === 'accepted');
    if (isForward && !probed) return 'it goes forward without a look at the target';
    const replaced = [...book.records.values()].find(
      (record) => record.generation === 2 && accepts(moment, firstVersionOf(record)),
    );
    return replaced && `the live value of ${replaced.rotationId} was replaced`;
  },

  I11: (moment) => {
    const touched = consumers(moment).find(({ sibling }) => sibling !== 'LOG_LEVEL=debug');
    if (touched) return `a neighbour's line in the copy of ${touched.name} was changed`;
    const { store } = moment.site.world;
    const lost = [...store.foreign].find(([path, version]) => store.shelf(path).current?.version !== version);
    return lost && `what another writer put at ${lost[0]} was overwritten`;
  },

  I12: (moment) => {
    const strayed = consumers(moment).find((consumer) => !isBound(consumer));
    return strayed && `${strayed.name} was pointed somewhere else`;
  },

  I13: (moment) => {
    const { effect, site } = moment;
    const record = outside(effect) ? site.book.records.get(effect.call?.run?.rotationId ?? '') : undefined;
    const seats = record ? site.config.policy[record.classification].seats : [];
    if (!record || seats.length === 0) return undefined;
    const granted = [...site.book.approvals.values()].find(
      ({ kind, rotationId, digest, status }) =>
        kind === 'plan' && rotationId === record.rotationId && digest === record.digest && status === 'consumed',
    );
    const people = new Set(granted?.votes.filter(({ decision }) => decision === 'approve').map(({ person }) => person));
    if (people.size >= seats.length && !people.has('ada')) return undefined;
    return `${effect?.action} with ${people.size} of ${seats.length} approvals`;
  },

  I16: (moment) => {
    const { world } = moment.site;
    return consumers(moment)
      .map((consumer) => unreadable(world, consumer))
      .find(Boolean);
  },

  I18: (moment) => {
    const { world } = moment.site;
    return consumers(moment)
      .map((consumer) => untrusted(world, consumer))
      .find(Boolean);
  },

  I17: ({ site: { world } }) => refusedToken(world, CACHE_SECONDS),

  I20: ({ site: { book }, effect }) => {
    const { unaudited } = book;
    const call = effect?.call;
    if (!outside(effect) || !unaudited || !call || call.key === unaudited.key || call.n < unaudited.n) return undefined;
    return `${effect.action} by ${call.step}, although the record of ${unaudited.step} could not be written`;
  },

  I21: ({ site: { calls } }) => {
    const last = calls.at(-1);
    if (last === undefined || isPoll(last)) return undefined;
    const tries = calls.filter(({ key }) => key === last.key).length;
    return tries > MOST_ATTEMPTS ? `${tries} attempts of ${last.key}` : undefined;
  },
};

const MOST_ATTEMPTS = 8;

const isPoll = ({ step, payload }: Site['calls'][number]) =>
  step === 'verify' || JSON.stringify(payload).includes('"action":"watch"');

const FLOWS = { login: 'overlap', ring: 'keyring', leaf: 'reissue' } as const;
const isKind = (type: string): type is keyof typeof FLOWS => Object.hasOwn(FLOWS, type);
export const flowOf = ({ type }: RotationRecord) => FLOWS[isKind(type) ? type : 'login'];

/** The stage whose value the target is asked to take. */
const NEW_IN = { overlap: 'whole', keyring: 'publish', reissue: 'switch' } as const;

/** The values that a rotation may make; a manual cause is its ticket. */
export const versionsOf = (record: RotationRecord) => versionsOfRun(flowOf(record), record.secretId, record.ticket);

const firstVersionOf = (record: RotationRecord) =>
  versionIdOf(record.secretId, record.ticket, 1, NEW_IN[flowOf(record)]);

function isBound({ secretId, copy }: Consumer): boolean {
  const area = secretId.split('/').at(-1) ?? '';
  return copy.fields.host === 'db.internal' && kindOf(copy.fields).isOf(area, copy.fields);
}

import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../lib/asl/json.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import type { Event, Run } from './run.ts';

/** Where two runs of one machine part. */
export interface Parting {
  /** `''` for the machine's own line of states. */
  readonly lane: string;
  /** The last event of the lane that both have. */
  readonly before: Event | undefined;
  readonly ours: Event | undefined;
  readonly theirs: Event | undefined;
  /** When theirs came to it, in ids of its events. */
  readonly at: number;
}

/** Where two runs part, in the order in which theirs came to it; none when they agree. */
export function compare(definition: JsonObject, ours: Run, theirs: Run): Parting[] {
  const [here, there] = [lanesOf(definition, ours.events), lanesOf(definition, theirs.events)];
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((lane) => part(lane, here.get(lane) ?? [], there.get(lane) ?? []))
    .filter((parting) => parting !== undefined)
    .filter((parting) => !(mayBeCut(parting, theirs) && wasCut(parting.lane, here, there)))
    .sort((a, b) => a.at - b.at);
}

function part(lane: string, here: readonly Event[], there: readonly Event[]): Parting | undefined {
  for (let at = 0; at < Math.max(here.length, there.length); at++) {
    const [ours, theirs] = [here[at], there[at]];
    if (ours && theirs && sameEvent(ours, theirs)) continue;
    return { lane, before: here[at - 1], ours, theirs, at: theirs?.id ?? endOf(there) };
  }
  return undefined;
}

/** When a lane of theirs ended; where it was stopped by another one, that comes after the reason for it. */
function endOf(events: readonly Event[]): number {
  const last = events.at(-1);
  return last?.type.endsWith('Failed') ? last.id + 0.5 : Number.POSITIVE_INFINITY;
}

/** Whether one of them ends there, or something had failed in theirs by then. */
const mayBeCut = ({ ours, theirs, at }: Parting, { events }: Run): boolean =>
  !ours || !theirs || events.some(({ id, type }) => id < at && FAILS.test(type));

/**
 * Whether the lane was stopped since another one failed: how far it had come by then is not specified, and what theirs
 * still records of it is not, either: half an `Output`, or a failure that is none.
 */
const wasCut = (lane: string, here: Lanes, there: Lanes): boolean =>
  isOpen(lane, here) &&
  !FAILS.test(here.get(lane)?.at(-1)?.type ?? '') &&
  aroundOf(lane).some((it) => hasFailed(it, there));

const aroundOf = (lane: string): string[] => {
  const segments = lane.split('/');
  return segments.slice(1).map((_, at) => segments.slice(0, at + 1).join('/'));
};

const hasFailed = (lane: string, lanes: Lanes): boolean =>
  lanes.get(lane)?.some(({ type }) => FAILED.test(type)) ?? false;

/** Whether a lane, or one around it, never came to its end. */
const isOpen = (lane: string, lanes: Lanes): boolean =>
  [...aroundOf(lane).slice(1), lane].some((it) => !hasEnded(it, lanes));

function hasEnded(lane: string, lanes: Lanes): boolean {
  const last = lanes.get(lane)?.at(-1);
  if (!last || last.type === 'MapIterationSucceeded') return last !== undefined;
  const after = lanes.get(aroundOf(lane).at(-1) ?? '')?.find(({ id, type }) => id > last.id && PARALLEL_END.test(type));
  return after?.type === 'ParallelStateSucceeded';
}

const FAILS = /Failed$|^FailStateEntered$/;
const FAILED = /^((Parallel|Map)StateFailed|ExecutionFailed|MapIterationFailed)$/;
const PARALLEL_END = /^ParallelState(Succeeded|Failed)$/;

function sameEvent(ours: Event, theirs: Event): boolean {
  return (
    ours.type === theirs.type &&
    // Theirs does not always name the state of a failed evaluation.
    (ours.name === theirs.name || ours.type === 'EvaluationFailed') &&
    ours.index === theirs.index &&
    ours.error === theirs.error &&
    isDeepStrictEqual(common(ours.variables), common(theirs.variables)) &&
    common(ours.cause) === common(theirs.cause) &&
    (!COMPARED.test(ours.type) || isDeepStrictEqual(common(ours.output), common(theirs.output)))
  );
}

/** What a Task is answered with has the metadata of a call here, and what is mocked there. */
const COMPARED = /^(ExecutionSucceeded|.*StateExited)$/;

/**
 * A value as both tell it. Left out of a cause is what theirs leaves out, the name of the field and in a Catch the
 * beginning, and the id of an event, which depends on how lanes interleave.
 */
function common(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (_, part: unknown) =>
    typeof part === 'string' ? shorten(part) : part,
  );
}

const shorten = (text: string): string =>
  text
    .replace(/^An error occurred while executing the state '[^']*' \(entered at the event id #\d+\)\. /, '')
    .replace(/ specified for the field '[^']*' returned nothing/, ' returned nothing');

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
}

/** Where two runs part first, or undefined when they agree. */
export function compare(definition: JsonObject, ours: Run, theirs: Run): Parting | undefined {
  const [here, there] = [lanesOf(definition, ours.events), lanesOf(definition, theirs.events)];
  const partings = [...new Set([...here.keys(), ...there.keys()])]
    .map((lane) => part(lane, here.get(lane) ?? [], there.get(lane) ?? []))
    .filter((parting) => parting !== undefined)
    .filter((parting) => !(isEnd(parting) && wasCut(parting.lane, here, there)));
  return partings.sort((a, b) => when(a) - when(b))[0];
}

const when = ({ ours, theirs }: Parting): number =>
  Math.min(ours?.id ?? Number.POSITIVE_INFINITY, theirs?.id ?? Number.POSITIVE_INFINITY);

function part(lane: string, here: readonly Event[], there: readonly Event[]): Parting | undefined {
  for (let at = 0; at < Math.max(here.length, there.length); at++) {
    const [ours, theirs] = [here[at], there[at]];
    if (!ours || !theirs || !sameEvent(ours, theirs)) return { lane, before: here[at - 1], ours, theirs };
  }
  return undefined;
}

const isEnd = ({ ours, theirs }: Parting): boolean => !ours || !theirs;

/** Whether the lane was stopped since another one failed: how far it had come by then is not specified. */
function wasCut(lane: string, here: Lanes, there: Lanes): boolean {
  const segments = lane.split('/');
  return segments.some((_, at) => {
    if (at === 0) return false;
    const around = segments.slice(0, at).join('/');
    return [here, there].every((lanes) => lanes.get(around)?.some(({ type }) => FAILED.test(type)));
  });
}

const FAILED = /^((Parallel|Map)StateFailed|ExecutionFailed|MapIterationFailed)$/;

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

import { isJsonObject, type Json, type JsonObject } from '../../../lib/asl/json.ts';
import type { Event } from './run.ts';

/**
 * The events of a history by lane: the machine's own line is `''`, a branch or iteration is the lane of its state and
 * `/P.0` or `/M.0`, with the number of the attempt when the state was retried: `/P~2.0`. Lanes interleave as they like,
 * and within one the order counts.
 */
export type Lanes = ReadonlyMap<string, readonly Event[]>;

export function lanesOf(definition: JsonObject, events: readonly Event[]): Lanes {
  const sorter = new Sorter(containersOf(definition));
  for (const event of events) sorter.add(event);
  return sorter.lanes;
}

/** By name of a state, the Parallel or Map around it; of a Parallel, with the number of the branch. */
type Containers = ReadonlyMap<string, { readonly state: string; readonly branch?: number }>;

function containersOf(definition: JsonObject): Containers {
  const containers = new Map<string, { state: string; branch?: number }>();
  const walk = (block: Json | undefined, around?: { state: string; branch?: number }) => {
    const states = isJsonObject(block) && isJsonObject(block.States) ? block.States : {};
    for (const [name, state] of Object.entries(states)) {
      if (around) containers.set(name, around);
      if (!isJsonObject(state)) continue;
      if (Array.isArray(state.Branches))
        for (const [branch, it] of state.Branches.entries()) walk(it, { state: name, branch });
      walk(state.ItemProcessor, { state: name });
    }
  };
  walk(definition);
  return containers;
}

class Sorter {
  readonly lanes = new Map<string, Event[]>();
  readonly #containers: Containers;
  readonly #laneById = new Map<number, string>();
  readonly #typeById = new Map<number, string>();
  /** The state that a lane is in. */
  readonly #open = new Map<string, string>();
  /** The type of that state. */
  readonly #kinds = new Map<string, string>();
  /** How often a state of a lane has started its branches or iterations. */
  readonly #starts = new Map<string, number>();

  constructor(containers: Containers) {
    this.#containers = containers;
  }

  add(event: Event): void {
    const lane = this.#laneOf(event);
    this.#laneById.set(event.id, lane);
    this.#typeById.set(event.id, event.type);
    if (event.type.endsWith('Aborted')) return;
    if (event.type.endsWith('StateEntered') && event.name) {
      this.#open.set(lane, event.name);
      this.#kinds.set(lane, event.type.replace('StateEntered', ''));
    }
    if (ENDS.test(event.type)) this.#kinds.delete(lane);
    if (ENDS.test(event.type)) this.#open.delete(lane);
    if (STARTS.test(event.type)) this.#count(lane);
    const events = this.lanes.get(lane);
    if (events) events.push(event);
    else this.lanes.set(lane, [event]);
  }

  #count(lane: string): void {
    const key = `${lane}/${this.#open.get(lane)}`;
    this.#starts.set(key, (this.#starts.get(key) ?? 0) + 1);
  }

  #laneOf(event: Event): string {
    if (event.type.startsWith('Execution')) return '';
    const before = this.#laneById.get(event.previous) ?? '';
    if (event.type.startsWith('MapIteration')) return this.#iteration(event, before);
    if (event.name) return this.#ofState(event.name, before);
    if (!OF_FAN.test(event.type)) return before;
    const kind = event.type.replace(OF_FAN, '$1');
    const isOwn = this.#kinds.get(before) === kind;
    if (isOwn && goesOnFrom(event.type).test(this.#typeById.get(event.previous) ?? '')) return before;
    const failed = event.type.endsWith('Succeeded') ? undefined : this.#failedFan(kind);
    return failed ?? (isOwn ? before : parent(before));
  }

  /** The lane with the state inside which a lane has failed last; theirs may let that follow from any lane. */
  #failedFan(kind: string): string | undefined {
    const open = [...this.#open].filter(([lane]) => this.#kinds.get(lane) === kind);
    const failures = open.flatMap(([lane, state]) =>
      this.#inside(lane, state).map((it) => [lane, this.#failure(it)] as const),
    );
    const last = failures.toSorted(([, a], [, b]) => b - a)[0];
    return last && last[1] > 0 ? last[0] : undefined;
  }

  /** The lanes that a state has in its present attempt. */
  #inside(lane: string, state: string): string[] {
    const start = `${lane}/${this.#attempt(lane, state)}.`;
    return [...this.lanes.keys()].filter((it) => it.startsWith(start) && !it.slice(start.length).includes('/'));
  }

  /** The id of the failure that a lane ends with, or 0. */
  #failure(lane: string): number {
    const last = this.lanes.get(lane)?.at(-1);
    return last && FAILURES.test(last.type) ? last.id : 0;
  }

  #iteration({ name = '', index = 0 }: Event, before: string): string {
    const lane = this.#ofState(name, before);
    return `${lane}/${this.#attempt(lane, name)}.${index}`;
  }

  /** The lane that a state is in, which is the one before, one around it, or a branch that begins. */
  #ofState(name: string, before: string): string {
    const around = this.#containers.get(name);
    if (!around) return '';
    const segments = before.split('/');
    const at = segments.findLastIndex((segment) => segment.replace(/(~\d+)?\.\d+$/, '') === around.state);
    if (at >= 0) return segments.slice(0, at + 1).join('/');
    return `${before}/${this.#attempt(before, around.state)}.${around.branch ?? 0}`;
  }

  #attempt(lane: string, state: string): string {
    const attempt = this.#starts.get(`${lane}/${state}`) ?? 1;
    return attempt === 1 ? state : `${state}~${attempt}`;
  }
}

const STARTS = /^(Parallel|Map)StateStarted$/;
const OF_FAN = /^(Parallel|Map)State(Started|Succeeded|Failed)$/;
/** From what a Parallel or Map starts, succeeds or fails when no lane of its own has anything to do with it. */
const goesOnFrom = (type: string): RegExp =>
  type.endsWith('Succeeded')
    ? STARTS
    : type.endsWith('Started')
      ? /StateEntered$|^EvaluationFailed$/
      : /^EvaluationFailed$/;
const FAILURES = /^(FailStateEntered|EvaluationFailed|Task(Failed|TimedOut)|\w+StateFailed|MapIterationFailed)$/;
const ENDS = /State(Exited|Failed)$/;

const parent = (lane: string): string => lane.slice(0, Math.max(0, lane.lastIndexOf('/')));

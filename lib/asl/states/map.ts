import { type Data, dataOf, parseData } from '../data.ts';
import { StateFailure } from '../errors.ts';
import { fanOut } from '../fan-out.ts';
import type { Json, JsonObject } from '../json.ts';
import { compileNumber, evaluateNumber, type NumberField } from '../numbers.ts';
import { compileOutcome, conclude, type Outcome } from '../outcome.ts';
import { compilePolicy, guarded } from '../policy.ts';
import { runBranch } from '../runner.ts';
import type { Branch, Compile, Exit } from '../state.ts';
import { compileTemplate, QueryFailure, type Template } from '../template.ts';
import type { MapItem, Thread } from '../thread.ts';
import type { Visit } from '../visit.ts';

/** At most so many iterations run at a time, as on AWS for an inline Map, also when `MaxConcurrency` says more. */
const INLINE_LIMIT = 40;

interface MapState {
  readonly processor: Branch;
  readonly items: Template | undefined;
  readonly selector: Template | undefined;
  readonly concurrency: NumberField | undefined;
  readonly toleratedCount: NumberField | undefined;
  readonly toleratedPercentage: NumberField | undefined;
  readonly outcome: Outcome;
}

/** Map, inline: runs its `ItemProcessor` on each item; the output has theirs in order. */
export const compileMap: Compile = (definition, compileBranch) => {
  const policy = compilePolicy(definition);
  const state: MapState = {
    processor: compileBranch(definition.ItemProcessor),
    items: field(definition, 'Items'),
    selector: field(definition, 'ItemSelector'),
    concurrency: compileNumber(definition.MaxConcurrency, 'MaxConcurrency'),
    toleratedCount: compileNumber(definition.ToleratedFailureCount, 'ToleratedFailureCount'),
    toleratedPercentage: compileNumber(definition.ToleratedFailurePercentage, 'ToleratedFailurePercentage'),
    outcome: compileOutcome(definition),
  };
  return (visit) =>
    guarded(
      visit,
      policy,
      () => attempt(visit, state),
      () => visit.record('MapStateFailed'),
    );
};

function field(definition: JsonObject, name: string): Template | undefined {
  const source = definition[name];
  return source === undefined ? undefined : compileTemplate(source, name);
}

async function attempt(visit: Visit, state: MapState): Promise<Exit> {
  const items = await readItems(visit, state.items);
  const limit = state.concurrency ? await evaluateNumber(visit, state.concurrency) : 0;
  const tolerate = await tolerance(visit, state, items.length);
  visit.record('MapStateStarted', { length: items.length });
  const outputs = await fanOut(visit, {
    count: items.length,
    limit: Math.min(limit || INLINE_LIMIT, INLINE_LIMIT),
    item: (at): MapItem => ({ Index: at, Value: items[at] ?? null }),
    run: async (thread) => runBranch(visit.run, state.processor, thread, await select(visit, state.selector, thread)),
    ...iterationEvents(visit),
    ...(tolerate && { tolerate }),
  });
  const result: Json = outputs.map(({ json }) => json);
  visit.mention('MapStateSucceeded');
  return conclude(visit, state.outcome, dataOf(result), { result });
}

/** The items; an expression's are noted down, since they must be the same ones after a crash. */
async function readItems(visit: Visit, template: Template | undefined): Promise<readonly Json[]> {
  const value = template ? await visit.evaluate(template) : visit.input.json;
  const text = template && visit.note(() => JSON.stringify(value));
  const items: Json = text ? parseData(text).json : value;
  if (Array.isArray(items)) return items;
  const what = template ? 'Items' : 'input';
  const cause = `Map state ${what} must be an array but was: ${JSON.stringify(items)}`;
  throw visit.failEvaluation(new QueryFailure(cause, template && 'Items'));
}

async function select(visit: Visit, selector: Template | undefined, { item }: Thread): Promise<Data> {
  const value = item?.Value ?? null;
  return dataOf(selector ? await visit.evaluate(selector, { item }) : value);
}

function iterationEvents(visit: Visit) {
  const details = (index: number) => ({ index, name: visit.state.name });
  const record = (end: 'Succeeded' | 'Failed' | 'Aborted') => (thread: Thread, at: number) =>
    visit.run.recorder.record(thread.path, `MapIteration${end}`, thread.previous, details(at)).id;
  return {
    onStarted: (thread: Thread, at: number) => {
      const { path, previous } = thread;
      thread.previous = visit.run.recorder.record(path, 'MapIterationStarted', previous, details(at)).id;
    },
    onSucceeded: record('Succeeded'),
    onFailed: record('Failed'),
    onAborted: record('Aborted'),
  };
}

/** How many failed iterations are put up with; without either field, none is and its own error is the Map's. */
async function tolerance(visit: Visit, state: MapState, items: number) {
  const { toleratedCount, toleratedPercentage } = state;
  if (!toleratedCount && !toleratedPercentage) return undefined;
  const count = toleratedCount ? await evaluateNumber(visit, toleratedCount) : Number.POSITIVE_INFINITY;
  const percentage = toleratedPercentage ? await evaluateNumber(visit, toleratedPercentage) : 100;
  const most = Math.min(count, (items * percentage) / 100);
  return (failures: number) => {
    if (failures <= most) return;
    throw new StateFailure(
      'States.ExceedToleratedFailureThreshold',
      'The specified tolerated failure threshold was exceeded',
    );
  };
}

import type { Json, JsonObject } from '../../../lib/asl/json.ts';
import { expression, failing, marked } from './expressions.ts';
import type { MakeState, Place } from './place.ts';
import { errorNames, mocks, outlasted, retriers } from './policies.ts';
import { filter, join, record, type Scope } from './scope.ts';
import { assignment, fieldsTemplate, recordTemplate } from './templates.ts';

/** `Next`, and perhaps `Output` and `Assign`, of a state; it goes on to the state that follows. */
function leave(place: Place, scope: Scope, { mustShape = false } = {}): JsonObject {
  const { draw, risk, variables, later } = place;
  const some = variables.filter(() => draw.once(2));
  return {
    Next: later[0] ?? '',
    ...((mustShape || draw.once(2)) && { Output: recordTemplate(draw, without(scope, some), risk) }),
    ...(some.length > 0 && { Assign: assignment(draw, scope, some, risk) }),
  };
}

/** Theirs gives `Output` the values that the same state assigns: it is not shown those variables. */
const without = (scope: Scope, variables: readonly string[]): Scope =>
  filter(scope, (text) => !variables.includes(text.slice(1)));

/** The same for a Choice rule or a catcher, which may skip states. */
const jump = (place: Place, scope: Scope, shape = {}): JsonObject => ({
  ...leave(place, scope, shape),
  Next: place.draw.pick(place.later),
});

const pass: MakeState = (place) => ({ state: { Type: 'Pass', ...leave(place, place.scope) } });

const wait: MakeState = (place) => {
  const { draw, scope } = place;
  const until = draw.pick<JsonObject>([
    { Seconds: 0 },
    { Seconds: 1 },
    { Seconds: marked(`${expression(draw, scope, 'b', 2)} ? 0 : 1`) },
    { Timestamp: '2020-02-02T00:00:00Z' },
  ]);
  return { state: { Type: 'Wait', ...until, ...leave(place, scope) } };
};

/**
 * A Choice; where failure is allowed, a rule may lead to a Fail state, or none may match. No rule leads where `Default`
 * leads: theirs takes such a rule for the default.
 */
const choice: MakeState = (place) => {
  const { draw, scope, risk, machine, later } = place;
  const others: Record<string, Json> = {};
  const rule = (): JsonObject => {
    const Condition = risk === 'some' && draw.once(25) ? badCondition(place) : marked(expression(draw, scope, 'b'));
    if (later.length > 1 && !(risk === 'some' && draw.once(4))) {
      return { Condition, ...jump({ ...place, later: later.slice(1) }, scope) };
    }
    const Next = machine.newName();
    others[Next] = risk === 'some' ? fail(place) : { Type: 'Succeed' };
    return { Condition, ...leave(place, scope), Next };
  };
  const { Next, ...otherwise } = leave(place, scope);
  const missing = risk === 'some' && draw.once(12);
  const last: JsonObject[] = missing ? [{ Condition: marked(expression(draw, scope, 'b')), Next: Next ?? null }] : [];
  const Default = missing ? {} : { Default: Next ?? null, ...otherwise };
  return { state: { Type: 'Choice', Choices: [...draw.many(1, 2, rule), ...last], ...Default }, others };
};

const badCondition = ({ draw, scope }: Place): string =>
  marked(draw.once(2) ? failing(draw, false) : expression(draw, scope, draw.pick(['n', 's']), 1));

function fail({ draw, scope }: Place): JsonObject {
  const text = (plain: string): Json =>
    draw.once(2) ? plain : marked(`"${plain}." & ${expression(draw, scope, 's', 1)}`);
  return {
    Type: 'Fail',
    ...(!draw.once(5) && { Error: text('E.Broken') }),
    ...(!draw.once(5) && { Cause: text('Why') }),
  };
}

const ERROR_OUTPUT: Scope = {
  n: ['$length($states.errorOutput.Error)'],
  s: ['$states.errorOutput.Error'],
  b: ['$exists($states.errorOutput.Cause)'],
  l: [],
};

/** `Catch`, perhaps; at the top of a machine an error may go as it is to the last state. */
function catchers(place: Place): JsonObject {
  const { draw, scope, plainEnd } = place;
  if (draw.once(3)) return {};
  const catcher = (ErrorEquals: string[]): JsonObject => {
    if (plainEnd !== undefined && draw.once(4)) return { ErrorEquals, Next: plainEnd };
    return { ErrorEquals, ...jump(place, join(scope, ERROR_OUTPUT), { mustShape: true }) };
  };
  const named = draw.many(0, 1, () => catcher(errorNames(draw)));
  const all = named.length === 0 || draw.once(2) ? [catcher(['States.ALL'])] : [];
  return { Catch: [...named, ...all] };
}

const task: MakeState = (place, name) => {
  const { draw, scope, risk, machine } = place;
  const Retry = draw.once(2) ? [] : retriers(draw);
  const failures = risk === 'some' && draw.once(2) ? draw.pick([1, 2, 3, 99]) : outlasted(draw, Retry);
  const result = {
    n: draw.int(-5, 9),
    s: draw.pick(['done', '', 'a-b']),
    b: draw.once(2),
    l: draw.many(0, 3, (at) => at),
  };
  machine.mocks[name] = mocks(draw, result, failures);
  const result$ = record('$states.result.Payload');
  const state: JsonObject = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: 'any', Payload: recordTemplate(draw, outsideItem(scope), risk) },
    TimeoutSeconds: 60,
    ...(Retry.length > 0 && { Retry }),
    ...catchers(place),
    ...leave(place, join(scope, result$), { mustShape: true }),
  };
  return { state };
};

const SUMMARY: Scope = {
  n: ['$count($states.result)', '$sum($append([], $states.result.n))'],
  s: ['$join($append(["-"], $states.result.s), "|")'],
  b: ['$exists($states.result[0])'],
  l: ['$append([], $states.result.n)', '$append([], $states.result.l)'],
};

const parallel: MakeState = (place) => {
  const { draw, scope, risk, machine, depth } = place;
  const count = draw.int(1, 3);
  const daring = risk === 'some' ? draw.int(0, count - 1) : -1;
  const around = variablesOf(scope);
  const Branches = Array.from({ length: count }, (_, at) =>
    // Which of two branches fails first is not specified: only one may.
    place.block({ draw, machine, risk: at === daring ? 'some' : 'none', depth: depth - 1, around, isTop: false }),
  );
  const Retry = draw.once(5) ? { Retry: retriers(draw).slice(0, 1) } : {};
  const onward = leave(place, join(scope, SUMMARY, record('$states.result[0]')), { mustShape: true });
  const Arguments = draw.once(4) && { Arguments: recordTemplate(draw, outsideItem(scope), risk) };
  return { state: { Type: 'Parallel', Branches, ...Arguments, ...Retry, ...catchers(place), ...onward } };
};

const ITEM: Scope = {
  n: ['$states.context.Map.Item.Index'],
  s: ['$type($states.context.Map.Item.Value)'],
  b: ['$states.context.Map.Item.Index > 0'],
  l: [],
};

const map: MakeState = (place) => {
  const { draw, scope, risk, machine, depth } = place;
  const around = join(variablesOf(scope), ITEM);
  const processor = place.block({ draw, machine, risk, depth: depth - 1, around, isTop: false });
  const seen = outsideItem(scope);
  const items: JsonObject = draw.once(2)
    ? { Items: draw.many(0, 3, () => recordTemplate(draw, seen, risk)) }
    : { Items: marked(expression(draw, seen, 'l')), ItemSelector: fieldsTemplate(draw, join(seen, ITEM), risk) };
  // Which of two iterations fails first is not specified either.
  const MaxConcurrency = risk === 'some' ? 1 : draw.pick<Json>([0, 1, 2, marked('1 + 1')]);
  const onward = leave(place, join(scope, SUMMARY), { mustShape: true });
  const mode = draw.once(2) && { ProcessorConfig: { Mode: 'INLINE' } };
  const ItemProcessor = { ...mode, ...processor };
  return { state: { Type: 'Map', ...items, ItemProcessor, MaxConcurrency, ...catchers(place), ...onward } };
};

/** The variables of a scope, which the blocks inside see too. */
const variablesOf = (scope: Scope): Scope => filter(scope, (text) => !text.includes('$states'));

/** Theirs forgets the item of a Map inside a state that calls something or has lines of its own. */
const outsideItem = (scope: Scope): Scope => filter(scope, (text) => !text.includes('.Map.Item'));

/** What a block is made of; the more often named, the more often drawn. */
export const STATES: Readonly<Record<'flat' | 'nesting', readonly MakeState[]>> = {
  flat: [pass, pass, choice, choice, task, task, wait],
  nesting: [pass, choice, choice, task, task, wait, parallel, map, map],
};

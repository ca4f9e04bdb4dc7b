import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../lib/asl/clock.ts';
import { Engine } from '../../lib/asl/engine.ts';
import { MachineRefused } from '../../lib/asl/errors.ts';
import { noJournal } from '../../lib/asl/journal.ts';
import { isObject, type Json } from '../../lib/asl/json.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import { ABSENT, type Recording, readRecordings, sameAsRecorded } from './recording.ts';

/** Recordings in JSONata that lie outside the supported language: by which rule they are refused, and why. */
const OUTSIDE: Readonly<Record<string, string>> = {
  // Another account's role: there is no such thing on one machine.
  'credentials/test_credentials_base::test_cross_account_states_start_sync_execution[SFN_START_EXECUTION_SYNC_ROLE_ARN_JSONATA]':
    'credentials',
  // Calls S3 by the AWS SDK integration.
  'error_handling/test_aws_sdk::test_s3_no_such_key': 'unsupported-resource',
  // A distributed Map that reads its items from S3.
  'scenarios/test_base_scenarios::test_map_item_batching_base_json_max_per_batch_jsonata': 'distributed-map',
};

const recordings = readRecordings();

/** The rule that a recording must be refused by. No `QueryLanguage` at the top means JSONPath. */
function ruleAgainst({ name, definition }: Recording): string | undefined {
  return definition.QueryLanguage === 'JSONata' ? OUTSIDE[name] : 'jsonpath';
}

/** The input; where it is masked, the recorded cause gives the value away, and otherwise any past instant will do. */
function inputOf({ history }: Recording): Json {
  const started = history[0]?.executionStartedEventDetails;
  const input: Json = isObject(started) ? JSON.parse(JSON.stringify(started.input)) : {};
  const text = JSON.stringify(history).match(/date-time format string: ([^"]+)"/)?.[1];
  if (!isObject(input) || !('TimestampValue' in input)) return input;
  return { TimestampValue: text ?? '2016-12-05T21:29:29.123456789Z' };
}

async function run(recording: Recording) {
  const machine = compileMachine(JSON.stringify(recording.definition), { name: 'recorded' });
  const clock = new VirtualClock();
  const engine = new Engine({ clock, journal: noJournal, tasks: async () => null });
  const execution = engine.start({ machine, name: 'recorded', input: inputOf(recording) });
  await clock.runUntilIdle();
  return execution.history;
}

describe.skipIf(!recordings)(`what AWS recorded${recordings ? '' : ` (${ABSENT})`}`, () => {
  const all = recordings ?? [];
  const inside = all.filter((it) => !ruleAgainst(it));
  const refused = all.filter(ruleAgainst);

  it.each(inside.map((it) => [it.name, it] as const))('happens here: %s', async (_, recording) => {
    const history = await run(recording);
    expect(history.map(({ type }) => type)).toEqual(recording.history.map(({ type }) => type));
    for (const [at, event] of recording.history.entries()) {
      expect(sameAsRecorded(event, history[at]), JSON.stringify([event, history[at]], null, 1)).toBe(true);
    }
  });

  it.each(refused.map((it) => [it.name, it] as const))('is refused by name: %s', (_, recording) => {
    const compile = () => compileMachine(JSON.stringify(recording.definition), { name: 'recorded' });
    expect(compile).toThrow(MachineRefused);
    expect(compile).toThrow(`${ruleAgainst(recording)}:`);
  });

  it('leaves out none of those that it names', () => {
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(OUTSIDE)));
  });
});

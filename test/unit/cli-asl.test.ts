import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from '../support/cli.ts';
import { root } from '../support/sources.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();
const RETRY = [{ ErrorEquals: ['Busy'], IntervalSeconds: 3600, MaxAttempts: 2 }];

/** Writes a machine of one Task and what is given, and runs it on a virtual clock. */
async function run(task: object, mocks: object, input: object = {}, ...args: readonly string[]) {
  const file = join(folder(), 'one.asl.json');
  const call = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: `\${call}`, Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    End: true,
    ...task,
  };
  writeFileSync(
    file,
    JSON.stringify({ Comment: 'one', QueryLanguage: 'JSONata', StartAt: 'Call', States: { Call: call } }),
  );
  writeFileSync(join(folder(), 'mocks.json'), JSON.stringify(mocks));
  const given = ['--input', JSON.stringify(input), '--mocks', `@${join(folder(), 'mocks.json')}`];
  return cli(folder(), ['asl', 'run', file, ...given, '--virtual-time', '--json', ...args]);
}

const WAITS = {
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'call', Payload: { token: '{% $states.context.Task.Token %}' } },
  Output: '{% $states.result %}',
  TimeoutSeconds: 3600,
};

describe('asl run', () => {
  it('answers with status, output, error, cause and a history in the shape of AWS', async () => {
    const { code, json } = await run({}, { Call: [{ result: { n: 2 } }] });
    expect(code).toBe(0);
    const { history, ...rest } = Object(json());
    expect(rest).toEqual({ status: 'SUCCEEDED', output: { n: 2 }, error: null, cause: null });
    expect(history[0]).toMatchObject({ id: 1, previousEventId: 0, type: 'ExecutionStarted' });
    expect(history[1]).toMatchObject({ type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'Call' } });
  });

  it('takes a whole result, and returns an empty object without a mock', async () => {
    expect((await run({}, { Call: [{ result: { Payload: [1] } }] })).json()).toMatchObject({ output: [1] });
    expect((await run({}, {})).json()).toMatchObject({ output: {} });
  });

  it('consumes mocks in order, the last repeating; waits pass at once', async () => {
    const busy = { error: 'Busy', cause: 'try again' };
    const good = await run({ Retry: RETRY }, { Call: [busy, busy, { result: 'third' }] });
    expect(good.json()).toMatchObject({ status: 'SUCCEEDED', output: 'third' });
    const bad = await run({ Retry: RETRY }, { Call: [busy] });
    expect(bad.code).toBe(1);
    expect(bad.json()).toMatchObject({ status: 'FAILED', error: 'Busy', cause: 'try again', output: null });
  });

  it('takes time where a mock says so', async () => {
    const slow = { Call: [{ result: {}, delaySeconds: 5 }] };
    expect((await run({ TimeoutSeconds: 6 }, slow)).json()).toMatchObject({ status: 'SUCCEEDED' });
    expect((await run({ TimeoutSeconds: 4 }, slow)).json()).toMatchObject({
      status: 'FAILED',
      error: 'States.Timeout',
    });
  });

  it('reports with the token, or holds it', async () => {
    const reported = await run(WAITS, { Call: [{ result: { yes: true }, delaySeconds: 60 }] });
    expect(reported.json()).toMatchObject({ status: 'SUCCEEDED', output: { yes: true } });
    const failed = await run(WAITS, { Call: [{ error: 'No', cause: 'because' }] });
    expect(failed.json()).toMatchObject({ status: 'FAILED', error: 'No', cause: 'because' });
    const held = await run(WAITS, { Call: [{ token: 'hold' }] });
    expect(held.json()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    const late = await run(WAITS, { Call: [{ result: 1, delaySeconds: 7200 }] });
    expect(late.json()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('refuses mocks and input of another shape', async () => {
    const { code, stderr } = await run({}, { Call: [{ results: 1 }] });
    expect(code).toBe(2);
    expect(stderr).toContain('Call.0');
    expect((await run({}, {}, {}, '--input', '{')).code).toBe(2);
    expect((await run({}, {}, {}, '--input', '@no-such-file')).code).toBe(2);
  });

  it('refuses what validate refuses, by the same rule', async () => {
    const ran = await run({ ResultPath: '$.x' }, {});
    expect(ran.code).toBe(2);
    const validated = await cli(folder(), ['asl', 'validate', join(folder(), 'one.asl.json'), '--json']);
    expect(validated.code).toBe(2);
    const rules = [ran, validated].map(({ json }) => Object(json()).findings.map(({ rule }: { rule: string }) => rule));
    expect(rules[0]).toEqual(['jsonpath']);
    expect(rules[1]).toEqual(rules[0]);
  });
});

describe('asl validate and graph', () => {
  it("hold Keyturn's own flow to its rules, and draw it", async () => {
    const file = join(root, 'state-machines/overlap.asl.json');
    const out = join(folder(), 'flow.svg');
    expect((await cli(folder(), ['asl', 'validate', file, '--project'])).stdout).toContain('is sound');
    expect((await cli(folder(), ['asl', 'graph', file, '--out', out])).code).toBe(0);
    expect(existsSync(out)).toBe(true);
  });

  it('name the rule for a file that is no JSON, and the file that is not there', async () => {
    const file = join(folder(), 'bad.asl.json');
    writeFileSync(file, '{');
    expect((await cli(folder(), ['asl', 'validate', file])).stdout).toContain('invalid-json');
    expect((await cli(folder(), ['asl', 'graph', file])).code).toBe(2);
    expect((await cli(folder(), ['asl', 'validate', join(folder(), 'none.json')])).code).toBe(2);
  });
});

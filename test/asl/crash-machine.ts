import { call, hold } from './play.ts';

const lambda = (name: string, rest: object = { End: true }) => call(name, { ...rest });

/** What there is to lose in a crash: a Map, a Parallel, retries, a Catch, waits, a token, variables, and drawn values. */
export const CRASH_MACHINE = {
  Draw: {
    Type: 'Pass',
    Assign: { at: '{% $states.input.at %}', id: '{% $uuid() %}' },
    Output: { items: '{% [1..3] %}' },
    Next: 'Fan',
  },
  Fan: {
    Type: 'Map',
    Items: '{% $states.input.items %}',
    MaxConcurrency: 2,
    ItemProcessor: {
      StartAt: 'First',
      States: {
        First: lambda('first', { Next: 'Flaky' }),
        Flaky: lambda('flaky', {
          Retry: [{ ErrorEquals: ['RangeError'], IntervalSeconds: 1, MaxAttempts: 9 }],
          End: true,
        }),
      },
    },
    Next: 'Rest',
  },
  Rest: { Type: 'Wait', Seconds: 1, Next: 'Both' },
  Both: {
    Type: 'Parallel',
    Branches: [
      {
        StartAt: 'Hold',
        States: { Hold: hold({ TimeoutSeconds: 60, Retry: [{ ErrorEquals: ['States.ALL'] }], End: true }) },
      },
      {
        StartAt: 'Left',
        States: { Left: lambda('left', { Next: 'Pause' }), Pause: { Type: 'Wait', Seconds: 1, End: true } },
      },
    ],
    Next: 'Last',
  },
  Last: lambda('last', {
    Output: { payload: '{% $states.result.Payload %}', at: '{% $at %}', id: '{% $id %}' },
    End: true,
  }),
};

import { HistoryBuilder } from './history-builder.ts';

const caughtBy = (next: string): object => ({ Catch: [{ ErrorEquals: ['States.ALL'], Next: next }] });

const task = (next: string, onError?: string, rest: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'work' },
  ...(onError === undefined ? {} : caughtBy(onError)),
  ...rest,
  Next: next,
});

const choice = (condition: string, next: string, otherwise: string): object => ({
  Type: 'Choice',
  Choices: [{ Condition: `{% ${condition} %}`, Next: next }],
  Default: otherwise,
});

const pass = { Type: 'Pass', End: true };

/** A flow as large as those that rotate secrets, with a Map in a Map. */
export const rotationMachine = {
  Comment: 'A machine to draw.',
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: task('Enter', 'Refused'),
    Enter: choice('$states.input.plan.approval', 'AskApproval', 'Generate'),
    AskApproval: task('Generate', 'Refused', { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
    Generate: task('Install', 'Assess'),
    Install: task('Store', 'Assess'),
    Store: task('Propagate', 'Assess'),
    Propagate: {
      Type: 'Map',
      MaxConcurrency: 5,
      ItemProcessor: {
        StartAt: 'Put',
        States: { Put: task('Delivered', 'NotDelivered'), Delivered: pass, NotDelivered: pass },
      },
      ...caughtBy('Assess'),
      Next: 'Waves',
    },
    Waves: {
      Type: 'Map',
      MaxConcurrency: 1,
      ItemProcessor: {
        StartAt: 'Wave',
        States: {
          Wave: {
            Type: 'Map',
            ItemProcessor: {
              StartAt: 'Restart',
              States: {
                Restart: task('Watch', 'NotProven'),
                Watch: task('Verify', 'NotProven'),
                Verify: task('Proven', 'NotProven'),
                Proven: pass,
                NotProven: pass,
              },
            },
            Next: 'Healthy',
          },
          Healthy: choice('$count($states.input[ok = false]) > 0', 'WaveFailed', 'WaveDone'),
          WaveFailed: { Type: 'Fail', Error: 'Wave.Failed' },
          WaveDone: pass,
        },
      },
      ...caughtBy('Assess'),
      Next: 'Grace',
    },
    Grace: { Type: 'Wait', Seconds: 3600, Next: 'Quiet' },
    Quiet: task('IsQuiet', 'Assess'),
    IsQuiet: choice('$states.input.holds', 'Retire', 'QuietAgain'),
    QuietAgain: { Type: 'Wait', Seconds: 300, Next: 'Quiet' },
    Retire: task('VerifyRefused', 'Quarantine'),
    VerifyRefused: task('Report', 'Quarantine'),
    Report: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Audit', States: { Audit: task('Audited'), Audited: { Type: 'Succeed' } } },
        { StartAt: 'Tell', States: { Tell: { ...pass } } },
      ],
      ...caughtBy('Committed'),
      Next: 'Committed',
    },
    Committed: { Type: 'Succeed' },
    Assess: task('Direction', 'Quarantine'),
    Direction: choice("$states.input.direction = 'forward'", 'Propagate', 'Uninstall'),
    Uninstall: task('RolledBack', 'Quarantine'),
    RolledBack: { Type: 'Fail', Error: 'RolledBack' },
    Quarantine: task('Assess', 'Quarantined', { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
    Quarantined: { Type: 'Fail', Error: 'Quarantined' },
    Refused: { Type: 'Fail', Error: 'Refused' },
  },
};

function rotate(): HistoryBuilder {
  const run = new HistoryBuilder();
  run.add('ExecutionStarted', { input: 'CANARY' }).task('Begin').pass('Choice', 'Enter');
  run.task('Generate', 'Store.Busy', 'Store.Busy').task('Install').task('Store');
  run.map('Propagate', 2, () => run.task('Put').pass('Pass', 'Delivered'));
  run
    .enter('Map', 'Waves')
    .add('MapStateStarted', { length: 1 })
    .add('MapIterationStarted', { name: 'Waves', index: 0 });
  run.map('Wave', 2, (index) => {
    if (index === 0) run.task('Restart').task('Watch', 'Rollout.Pending').task('Verify').pass('Pass', 'Proven');
    else run.caught('Restart', 'Restart.Refused').pass('Pass', 'NotProven');
  });
  run.pass('Choice', 'Healthy').enter('Fail', 'WaveFailed');
  run.add('MapIterationFailed', { name: 'Waves', index: 0 });
  run.add('MapStateFailed', { error: 'Wave.Failed', cause: 'CANARY' }).exit('Map', 'Waves');
  run.task('Assess').pass('Choice', 'Direction').task('Uninstall').enter('Fail', 'RolledBack');
  return run.add('ExecutionFailed', { error: 'RolledBack', cause: 'CANARY' });
}

/** A history of that machine: a wave fails, is caught, and the rotation rolls back. */
export const rotationHistory = rotate().events;

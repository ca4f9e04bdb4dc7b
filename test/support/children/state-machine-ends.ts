import { systemClock } from '../../../lib/asl/clock.ts';
import { Engine } from '../../../lib/asl/engine.ts';
import { noJournal } from '../../../lib/asl/journal.ts';
import { compileMachine } from '../../../lib/asl/machine.ts';

/** Ends executions in every bad way there is, and then ends by itself: whatever still holds it up is a leak. */

const task = (rest: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'hold' },
  End: true,
  ...rest,
});
const machineOf = (name: string, state: object, top: object = {}) =>
  compileMachine(JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Only', States: { Only: state }, ...top }), {
    name,
  });
const branches = [task({ TimeoutSeconds: 600, HeartbeatSeconds: 300 }), { Type: 'Wait', Seconds: 600, End: true }];
const both = {
  Type: 'Parallel',
  Branches: branches.map((state, at) => ({ StartAt: `In${at}`, States: { [`In${at}`]: state } })),
  End: true,
};

const MACHINES = {
  failing: machineOf('failing', { Type: 'Fail', Error: 'E' }),
  timingOut: machineOf('timing-out', task({ TimeoutSeconds: 1 })),
  missingBeats: machineOf('missing-beats', task({ TimeoutSeconds: 600, HeartbeatSeconds: 1 })),
  overrunning: machineOf('overrunning', both, { TimeoutSeconds: 1 }),
  stopped: machineOf('stopped', both, { TimeoutSeconds: 600 }),
};

const engine = new Engine({ clock: systemClock, journal: noJournal, tasks: async () => null });
const start = (machine: keyof typeof MACHINES, at: number) =>
  engine.start({ machine: MACHINES[machine], name: `${machine}-${at}`, input: {} });

for (let at = 0; at < 200; at++) {
  for (const machine of ['failing', 'timingOut', 'missingBeats', 'overrunning'] as const) start(machine, at);
  const { name } = start('stopped', at);
  setImmediate(() => void engine.stop(name));
}
await Promise.all(engine.list().map(({ done }) => done));

const ends = new Map<string, number>();
for (const { status } of engine.list()) ends.set(status, (ends.get(status) ?? 0) + 1);
const held = process.getActiveResourcesInfo().filter((it) => it === 'Timeout' || it.startsWith('FS'));
console.log(JSON.stringify({ ends: Object.fromEntries(ends), held }));

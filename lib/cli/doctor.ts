import { z } from 'zod';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';
import type { Paint } from './paint.ts';
import type { Finding, Probe } from './probe.ts';
import { probeDataDirectory, probeEngine, probeLedger } from './probe-machine.ts';
import { probeOwnKey, probeSeats } from './probe-people.ts';
import { probeNotifiers, probeSecrets } from './probe-secrets.ts';

const PROBES: readonly Probe[] = [
  probeDataDirectory,
  probeLedger,
  probeEngine,
  probeSeats,
  probeNotifiers,
  probeSecrets,
];

/** Everything that rotations need, probed. */
export const doctor = defineCommand(z.object({}), (context) =>
  withHost(context, async (host) => {
    const probes = [...PROBES, probeOwnKey(context.terminal.env.KEYTURN_KEY_FILE)];
    const findings = (await Promise.all(probes.map((probe) => probe(host)))).flat();
    const healthy = findings.every(({ verdict }) => verdict !== 'fail');
    context.output.answer({ healthy, findings }, () =>
      findings.map((each) => findingText(each, context.output.paint)).join('\n'),
    );
    return healthy ? EXIT.done : EXIT.notProven;
  }),
);

const MARKS: Record<Finding['verdict'], readonly [keyof Paint, string]> = {
  ok: ['green', '✔'],
  warn: ['yellow', '!'],
  fail: ['red', '✖'],
};

function findingText({ subject, verdict, why, remedy }: Finding, paint: Paint): string {
  const [colour, mark] = MARKS[verdict];
  return `${paint[colour](mark)} ${subject}: ${why}${remedy === '' ? '' : `\n    ${remedy}`}`;
}

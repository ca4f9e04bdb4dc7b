import { z } from 'zod';
import { ageFor } from '../core/age-for.ts';
import type { SecretEntry } from '../core/config.ts';
import type { Age } from '../core/due.ts';
import { isRotationError } from '../core/errors.ts';
import type { StepDeps } from '../core/step.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';
import type { Paint } from './paint.ts';
import { showAge } from './plan-text.ts';
import { table } from './table.ts';

type Aged = Omit<Age, 'state'> & {
  readonly state: Age['state'] | 'unknown';
  readonly owner: string;
  readonly why?: string;
};

/** The age of every secret, the oldest needs first. */
export const due = defineCommand(z.object({}), (context) =>
  withHost(context, async ({ local, config }) => {
    const deps = local.deps();
    const ages = await Promise.all([...config.secrets.values()].map((entry) => aged(entry, deps)));
    const sorted = ages.sort(
      (a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state) || (a.dueAt ?? '~').localeCompare(b.dueAt ?? '~'),
    );
    context.output.answer({ secrets: sorted }, () => dueTable(sorted, context.output.paint));
    return EXIT.done;
  }),
);

const RANK: readonly Aged['state'][] = ['unknown', 'overdue', 'due', 'old', 'no value', 'fresh'];

async function aged(entry: SecretEntry, deps: StepDeps): Promise<Aged> {
  try {
    return { ...(await ageFor(entry, deps)), owner: entry.owner };
  } catch (error) {
    if (!isRotationError(error)) throw error;
    const { id: secretId, classification, owner } = entry;
    return { secretId, classification, owner, age: undefined, dueAt: undefined, state: 'unknown', why: error.message };
  }
}

const COLOURS: Record<Aged['state'], keyof Paint> = {
  unknown: 'red',
  overdue: 'red',
  due: 'yellow',
  old: 'yellow',
  'no value': 'dim',
  fresh: 'green',
};

function dueTable(ages: readonly Aged[], paint: Paint): string {
  const rows = ages.map(({ secretId, classification, owner, age, dueAt, state, why }) => [
    secretId,
    classification,
    owner,
    age === undefined ? '-' : showAge(age),
    dueAt?.slice(0, 10) ?? '-',
    paint[COLOURS[state]](why === undefined ? state : `${state}: ${why}`),
  ]);
  return table(['secret', 'class', 'owner', 'age', 'due', 'state'], rows);
}

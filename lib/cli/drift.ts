import { z } from 'zod';
import { EXTERNAL, type SecretEntry } from '../core/config.ts';
import { type Drift, type DriftFinding, isMendable } from '../core/drift.ts';
import { driftFor, repairDrift } from '../local/repair.ts';
import { anchorAudit } from './anchor-audit.ts';
import { actorShape, claimOf } from './claim.ts';
import { type Context, defineCommand } from './command.ts';
import { EXIT, type ExitCode, exitOfError, gravest } from './exit-codes.ts';
import { failureOf } from './failure-of.ts';
import { type Host, withHost } from './host.ts';
import type { Paint } from './paint.ts';
import { named } from './selection.ts';

const options = z.object({
  ...actorShape,
  secret: z.array(z.string()).default([]),
  repair: z.boolean().default(false),
});
type Options = z.output<typeof options>;

/** A secret as it was found, and, where it was repaired, as it is now. */
interface Looked extends Drift {
  readonly repaired: readonly DriftFinding[];
  readonly failure: { readonly error: string; readonly cause: string } | null;
}

/** Who is not on the version that the store says is current; with `--repair` the consumers are brought to it. */
export const drift = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const entries = given.secret.length > 0 ? named(given.secret, host.config) : [...host.config.secrets.values()];
    const looked: Looked[] = [];
    for (const entry of entries.filter(({ type }) => type !== EXTERNAL))
      looked.push(await look(context, host, entry, given));
    context.output.answer({ secrets: looked }, () => looked.map((it) => textOf(it, context.output.paint)).join('\n'));
    if (given.repair) await anchorAudit(host);
    return gravest(looked.map(exitOf));
  }),
);

async function look(context: Context, { local }: Host, entry: SecretEntry, given: Options): Promise<Looked> {
  const found = await driftFor(local, entry);
  const none = { repaired: [], failure: null };
  if (!given.repair || !found.findings.some(isMendable)) return { ...found, ...none };
  try {
    const after = await repairDrift(local, entry, claimOf(given, context));
    const left = after.findings.map(({ place, who }) => `${place} ${who}`);
    return {
      ...after,
      repaired: found.findings.filter(({ place, who }) => !left.includes(`${place} ${who}`)),
      failure: null,
    };
  } catch (error) {
    return { ...found, repaired: [], failure: failureOf(error) };
  }
}

const BY_STATE: Record<Drift['state'], ExitCode> = {
  'in step': EXIT.done,
  off: EXIT.notProven,
  unknown: EXIT.notProven,
  busy: EXIT.waiting,
};

const exitOf = ({ state, failure }: Looked): ExitCode =>
  failure === null ? BY_STATE[state] : gravest([EXIT.notProven, exitOfError(failure.error)]);

const COLOURS: Record<Drift['state'], keyof Paint> = {
  'in step': 'green',
  off: 'red',
  unknown: 'yellow',
  busy: 'cyan',
};

function textOf({ secretId, state, findings, repaired, failure }: Looked, paint: Paint): string {
  const line =
    (mark: string) =>
    ({ place, who, why }: DriftFinding) =>
      `  ${mark} ${place} ${who}: ${why}`;
  return [
    `${paint.bold(secretId)}  ${paint[COLOURS[state]](state)}`,
    ...findings.map((finding) => line(finding.state === 'off' ? '✖' : '?')(finding)),
    ...repaired.map(line(paint.green('✔ repaired'))),
    ...(failure === null ? [] : [`  not repaired because ${failure.error}: ${failure.cause}`]),
    ...(findings.some(isMendable) && failure === null ? [`  next  keyturn drift ${secretId} --repair`] : []),
  ].join('\n');
}

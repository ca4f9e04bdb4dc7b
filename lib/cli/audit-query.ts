import { z } from 'zod';
import type { AuditRecord } from '../core/rotation.ts';
import { findRotation } from '../local/recovery.ts';
import { defineCommand, UsageError } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';
import { table } from './table.ts';

const options = z.object({ secret: z.string().optional(), run: z.string().optional(), since: z.string().optional() });

/** The records of the chain that fit; JSON lines with `--json`. */
export const auditQuery = defineCommand(options, (context, { secret, run, since }) =>
  withHost(context, async ({ local }) => {
    const from = since === undefined ? 0 : Date.parse(since);
    if (Number.isNaN(from))
      throw new UsageError(`--since wants a date or an instant like 2026-01-31T12:00:00Z, not ${since}`);
    const rotationId = run === undefined ? undefined : (await findRotation(local, run)).rotationId;
    const filter = {
      ...(secret !== undefined && { secretId: secret }),
      ...(rotationId !== undefined && { rotationId }),
    };
    const records = (await local.ledger.auditRecords(filter)).filter(({ time }) => Date.parse(time) >= from);
    if (context.output.json) for (const record of records) context.output.line(record);
    else context.output.say(records.length === 0 ? 'no record fits' : table(HEAD, records.map(rowOf)));
    return EXIT.done;
  }),
);

const HEAD = ['seq', 'time', 'actor', 'secret', 'step', 'outcome', 'about'];

const rowOf = ({ seq, time, actor, secretId, step, outcome, decision, error }: AuditRecord): string[] => [
  String(seq),
  time,
  actor,
  secretId,
  step,
  outcome,
  [decision, error].filter(Boolean).join(' '),
];

import { z } from 'zod';
import { executionNameOf } from '../core/names.ts';
import type { RotationRecord } from '../core/rotation.ts';
import { findRotation, nameOf } from '../local/recovery.ts';
import { type Context, defineCommand } from './command.ts';
import { eventRows } from './event-rows.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Host, withHost } from './host.ts';
import { named } from './selection.ts';
import { table } from './table.ts';

const options = z.object({ about: z.string().optional(), limit: z.coerce.number().int().min(1).default(20) });

/** What ran: the rotations, those of one secret, or the events of one run. */
export const history = defineCommand(options, (context, { about, limit }) =>
  withHost(context, async (host) => {
    if (about !== undefined && !about.includes('/')) return showRun(context, host, about);
    const secret = about === undefined ? undefined : named([about], host.config)[0]?.id;
    return list(context, host, { limit, ...(secret !== undefined && { secretId: secret }) });
  }),
);

async function list(
  { output }: Context,
  { local }: Host,
  filter: { readonly limit: number; readonly secretId?: string },
): Promise<ExitCode> {
  const rotations = await local.ledger.rotations(filter);
  output.answer({ rotations }, () =>
    rotations.length === 0
      ? 'nothing has run yet'
      : table(
          ['run', 'secret', 'began', 'outcome', 'phase', 'why'],
          rotations.map((it) => [
            it.rotationId,
            it.secretId,
            it.startedAt,
            it.status,
            it.phase,
            it.failure?.error ?? '',
          ]),
        ),
  );
  return EXIT.done;
}

/** The events of a run's executions, newest execution last; a recovery is an execution of its own. */
async function showRun({ output }: Context, { local }: Host, id: string): Promise<ExitCode> {
  const record = await findRotation(local, id);
  const asked = id === record.rotationId ? await executionsOf(local, record) : [id.split(':').at(-1) ?? id];
  const executions = asked.map((name) => ({ name, events: local.events.history(name) }));
  output.answer({ rotation: record, executions }, () =>
    executions
      .map(
        ({ name, events }) =>
          `${output.paint.bold(name)}\n${table(['at', 'state', 'what', 'about'], eventRows(events))}`,
      )
      .join('\n\n'),
  );
  return EXIT.done;
}

async function executionsOf(local: Host['local'], record: RotationRecord): Promise<string[]> {
  const request = await local.ledger.request(record.ticket);
  if (request === undefined) return [nameOf(record)];
  return Array.from({ length: record.attempt }, (_, index) =>
    executionNameOf(record.type, record.secretId, request.cause.id, index + 1),
  );
}

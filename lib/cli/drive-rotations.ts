import { z } from 'zod';
import { showDuration } from '../core/duration.ts';
import { type Admitted, fleetExecution } from '../local/requests.ts';
import { drive, type Settled } from '../local/settle.ts';
import type { Context } from './command.ts';
import type { Host } from './host.ts';
import { momentReader } from './moments.ts';
import { approvalText, type Known, type KnownRotations, type Progress, plainProgress } from './progress.ts';

export interface Driving {
  readonly wanted: readonly Admitted[];
  /** The fleet whose members `wanted` are, which begins them in its own order. */
  readonly fleet?: string;
  /** Whether to wait for approvals. */
  readonly wait: boolean;
  /** Where another process has the engine: wait for it, or leave the work to it. */
  readonly whenHeld: 'wait' | 'leave';
}

export interface Driven {
  readonly settled: readonly Settled[];
  /** Executions in which something happened, also those that an earlier process left. */
  readonly seen: ReadonlySet<string>;
  readonly interrupted: boolean;
  /** The process that has the engine, where the work was left to it. */
  readonly leftTo: number | undefined;
}

/** Drives rotations with progress on stderr. Ctrl-C ends the driving; what is under way can be resumed. */
export async function driveRotations(context: Context, host: Host, driving: Driving): Promise<Driven> {
  const progress = await progressFor(context, await knownRotations(host, driving.wanted), driving.wanted.length);
  const read = momentReader();
  const seen = new Set<string>();
  const stop = new AbortController();
  const state: { interrupted: boolean; leftTo: number | undefined } = { interrupted: false, leftTo: undefined };
  const forget = context.terminal.onInterrupt(() => {
    state.interrupted = true;
    progress.note('stopping; what is under way can be resumed (once more ctrl-C ends at once)');
    stop.abort();
  });
  try {
    const settled = await drive(
      host.local,
      driving.wanted,
      {
        approvals: driving.wait,
        signal: stop.signal,
        onEvent: (event) => {
          seen.add(event.execution.name);
          const moment = read(event);
          if (moment !== undefined) progress.moment(moment);
        },
        onHeld: (pid) => {
          if (driving.whenHeld === 'wait')
            return progress.note(`waiting for process ${pid}, which drives ${host.local.dataDir}`);
          state.leftTo = pid ?? 0;
          stop.abort();
        },
        onQuestion: (question) => {
          if (question.kind === 'plan') progress.note(approvalText(question));
        },
      },
      driving.fleet,
    );
    return { settled, seen, ...state };
  } finally {
    forget();
    await progress.end();
  }
}

const ticketed = z.looseObject({ ticket: z.string() });

/** What is driven: what is wanted now, and what an earlier process left open. */
async function knownRotations({ local, config }: Host, wanted: readonly Admitted[]): Promise<KnownRotations> {
  const left = local.events.executions({ status: 'RUNNING' }).map(async ({ name, input, machine }) => {
    const request = await local.ledger.request(ticketed.parse(JSON.parse(input)).ticket);
    return [name, request?.secretId ?? machine] as const;
  });
  const fleets = wanted.flatMap(({ request: { fleet } }) =>
    fleet === undefined ? [] : [[fleetExecution(fleet), 'fleet'] as const],
  );
  const now = wanted.map(({ execution, request }) => [execution, request.secretId] as const);
  return new Map(
    [...(await Promise.all(left)), ...fleets, ...now].map(([execution, secretId]): [string, Known] => {
      const entry = config.secrets.get(secretId);
      const consumers = entry?.consumers.map(({ name }) => name) ?? [];
      return [execution, { secretId, consumers, grace: showDuration(entry?.grace ?? 0) }];
    }),
  );
}

async function progressFor({ output, terminal }: Context, known: KnownRotations, count: number): Promise<Progress> {
  const { stderr } = terminal;
  if (count > 1 || output.json || stderr !== process.stderr || !process.stderr.isTTY)
    return plainProgress(output, known);
  const { liveProgress } = await import('./live-progress.ts');
  return liveProgress(process.stderr, known);
}

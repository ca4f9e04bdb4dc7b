import { z } from 'zod';
import { errorCode, isRotationError, RotationError } from '../errors.ts';
import { jsonText } from '../json-text.ts';
import { type Notice, OCCASIONS } from '../notices.ts';
import type { RotationRecord } from '../rotation.ts';
import { isoNow } from '../run.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { failureInput, runInput } from './schemas.ts';

const occasion = z.enum(OCCASIONS);

/** The one line each occasion tells. */
const HEADLINES: Record<z.infer<typeof occasion>, string> = {
  started: 'rotation started',
  approval: 'rotation waits for a person',
  committed: 'rotated: every consumer proven on the new version, the old one proven refused',
  failed: 'rotation rolled back: the old version is in use everywhere',
  quarantined: 'rotation in quarantine: a person is needed',
  emergency: 'emergency rotation',
};

export const notify = defineStep({
  name: 'notify',
  summary: 'Tells the configured channels; one that is down does not keep the others from hearing.',
  /** With a failure where it is what people are to do something about. */
  input: runInput.extend({ occasion, failure: failureInput.optional() }),
  output: z.strictObject({ told: z.array(z.string()), failed: z.array(z.string()) }),
  opens: ['notifier'],
  run: async (deps, { run, occasion: wanted, failure }) => {
    const record = await deps.ledger.rotation(run.rotationId);
    if (record === undefined) throw new RotationError('TicketUnknown', { subject: `rotation ${run.rotationId}` });
    const notice = await noticeOf(deps, record, wanted, failure ?? record.failure);
    const channels = deps.config.notifiers.filter(({ on }) => on.includes(wanted));
    const results = await Promise.all(
      channels.map(async (channel) => ({ use: channel.use, heard: await tell(deps, channel, notice) })),
    );
    return {
      told: results.filter(({ heard }) => heard).map(({ use }) => use),
      failed: results.filter(({ heard }) => !heard).map(({ use }) => use),
    };
  },
});

async function tell(
  deps: StepDeps,
  channel: StepDeps['config']['notifiers'][number],
  notice: Notice,
): Promise<boolean> {
  try {
    await (await deps.open.notifier(channel)).send(notice);
    return true;
  } catch (error) {
    deps.log.warn('a notifier did not take the notice', {
      plugin: channel.use,
      error: isRotationError(error) ? error.name : (errorCode(error) ?? 'InternalError'),
    });
    return false;
  }
}

async function noticeOf(
  deps: StepDeps,
  record: RotationRecord,
  wanted: z.infer<typeof occasion>,
  failure: RotationRecord['failure'],
): Promise<Notice> {
  const proofs = await deps.ledger.evidence(record.rotationId);
  return {
    occasion: wanted,
    secretId: record.secretId,
    rotationId: record.rotationId,
    classification: record.classification,
    at: isoNow(deps),
    headline: `${record.secretId}: ${HEADLINES[wanted]}`,
    facts: [
      ['phase', record.phase],
      ['digest', record.digest],
      ...(failure === undefined ? [] : [['error', failure.error] as const]),
      ...(failure?.error === 'ValueAwaited' ? [['to do', messageOf(failure.cause)] as const] : []),
      ...proofs.map(({ subject, verdict }) => [subject, verdict] as const),
    ],
  };
}

const lambdaCause = jsonText.pipe(z.looseObject({ errorMessage: z.string() }));

/** The message in a cause: Lambda makes it a JSON text. */
const messageOf = (cause: string): string => lambdaCause.safeParse(cause).data?.errorMessage ?? cause;

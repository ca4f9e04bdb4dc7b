import type { FleetMember } from '../core/fleet.ts';
import type { ApprovalRecord, Evidence, RotationRecord } from '../core/rotation.ts';
import type { Local } from '../local/local.ts';
import { nameOf } from '../local/recovery.ts';
import type { Admitted } from '../local/requests.ts';
import { questionOf, type Settled } from '../local/settle.ts';
import { messageOfCause } from './cause.ts';
import { EXIT, type ExitCode, exitOfError, exitOfStatus } from './exit-codes.ts';
import type { Paint } from './paint.ts';

/** How a rotation stands, for people and as a document. */
export interface Outcome {
  readonly secret: string;
  readonly rotation: string;
  readonly execution: string;
  readonly outcome: RotationRecord['status'] | 'SKIPPED';
  readonly phase: string;
  readonly version: string;
  readonly failure: { readonly error: string; readonly cause: string } | null;
  readonly evidence: readonly Evidence[];
  readonly question: Pick<ApprovalRecord, 'id' | 'kind' | 'digest' | 'seats' | 'expiresAt'> | null;
  /** What to do now; empty when nothing is. */
  readonly next: readonly string[];
  readonly exit: ExitCode;
}

/** Of a fleet that went on without it. `exit` is `done` where that is as good as a rotation. */
export const skippedOutcome = (
  { secretId, rotationId, execution }: FleetMember,
  why: string,
  exit: ExitCode,
): Outcome => ({
  secret: secretId,
  rotation: rotationId,
  execution,
  outcome: 'SKIPPED',
  phase: '',
  version: '',
  failure: { error: '', cause: why },
  evidence: [],
  question: null,
  next: [],
  exit,
});

interface Asked {
  readonly secretId: string;
  readonly rotationId: string;
}

/** @param settled in the order of `wanted` */
export function outcomesOf(local: Local, wanted: readonly Admitted[], settled: readonly Settled[]): Promise<Outcome[]> {
  return Promise.all(
    settled.flatMap((each, index) => {
      const admitted = wanted[index];
      if (admitted === undefined) return [];
      const { request, rotationId } = admitted;
      return [outcomeOf(local, { secretId: request.secretId, rotationId }, each)];
    }),
  );
}

/** How a rotation of the ledger stands now. */
export async function standingOf(local: Local, record: RotationRecord): Promise<Outcome> {
  const execution = nameOf(record);
  const question = await questionOf(local, execution);
  return outcomeOf(local, record, { execution, record, ended: undefined, question });
}

/** @param asked what was asked for; a refused request leaves no record */
async function outcomeOf(local: Local, asked: Asked, settled: Settled): Promise<Outcome> {
  const { record, ended, question, execution } = settled;
  const outcome = record?.status ?? (ended === undefined ? 'RUNNING' : 'REFUSED');
  const failure = record?.failure ?? (ended === undefined || ended.status === 'SUCCEEDED' ? null : ended);
  return {
    secret: asked.secretId,
    rotation: asked.rotationId,
    execution,
    outcome,
    phase: record?.phase ?? '',
    version: record?.version ?? '',
    failure: failure === null ? null : { error: failure.error, cause: messageOfCause(failure.cause) },
    evidence: await local.ledger.evidence(asked.rotationId),
    question: question === undefined ? null : shortQuestion(question),
    next: nextSteps(record === undefined ? '' : asked.rotationId, outcome, question),
    exit: exitFor(outcome, failure, question),
  };
}

const shortQuestion = ({ id, kind, digest, seats, expiresAt }: ApprovalRecord) => ({
  id,
  kind,
  digest,
  seats,
  expiresAt,
});

function exitFor(
  outcome: RotationRecord['status'],
  failure: Outcome['failure'],
  question: ApprovalRecord | undefined,
): ExitCode {
  if (question?.kind === 'quiet' || question?.kind === 'value') return EXIT.person;
  return outcome === 'REFUSED' ? exitOfError(failure?.error ?? '') : exitOfStatus(outcome);
}

function nextSteps(run: string, outcome: Outcome['outcome'], question: ApprovalRecord | undefined): string[] {
  if (question?.kind === 'plan')
    return [
      `keyturn approve ${question.id} --as NAME --key FILE`,
      `keyturn reject ${question.id} --reason TEXT --as NAME --key FILE`,
    ];
  if (question?.kind === 'value') return [`keyturn provide ${question.secretId}`, `keyturn rollback ${run}`];
  if (question?.kind === 'quiet' || outcome === 'QUARANTINED')
    return [`keyturn status ${run}`, `keyturn resume ${run}`, `keyturn rollback ${run}`];
  if (outcome === 'RUNNING' || outcome === 'WAITING') return [`keyturn resume ${run}`.trim()];
  if (run === '' || outcome === 'COMMITTED') return [];
  return [`keyturn history ${run}`];
}

const SAYS: Record<Outcome['outcome'], readonly [colour: keyof Paint, words: string]> = {
  COMMITTED: ['green', 'rotated: every consumer proven on the new version, the old one proven refused'],
  ROLLED_BACK: ['yellow', 'rolled back: the old version is in use everywhere, the new one is gone'],
  QUARANTINED: ['red', 'in quarantine: it neither goes on nor back by itself; its locks are kept'],
  REFUSED: ['red', 'refused: nothing was changed'],
  WAITING: ['cyan', 'waiting for people; nothing is lost'],
  RUNNING: ['cyan', 'interrupted; everything needed to go on is kept'],
  SKIPPED: ['yellow', 'not begun: nothing was changed'],
};

export function outcomeText(outcome: Outcome, paint: Paint): string {
  const [colour, words] = SAYS[outcome.outcome];
  return [
    `${paint.bold(outcome.secret)}  ${outcome.rotation}`,
    `  ${paint[colour](words)}`,
    ...becauseOf(outcome),
    ...latest(outcome.evidence).map(({ subject, verdict, why }) => `  ${markOf(verdict, paint)} ${subject}: ${why}`),
    ...outcome.next.map((line, index) => `  ${index === 0 ? 'next' : '  or'}  ${line}`),
  ].join('\n');
}

function becauseOf({ outcome, failure }: Outcome): string[] {
  if (outcome === 'SKIPPED') return [`  because ${failure?.cause}`];
  return !failure?.error || outcome === 'COMMITTED' ? [] : [`  because ${failure.error}: ${failure.cause}`];
}

/** The last word on each subject and version. */
const latest = (evidence: readonly Evidence[]): Evidence[] => [
  ...new Map(evidence.map((item) => [`${item.subject} ${item.version}`, item])).values(),
];

const MARKS: Record<Evidence['verdict'], readonly [colour: keyof Paint, mark: string]> = {
  verified: ['green', '✔'],
  waived: ['yellow', '○'],
  rejected: ['red', '✖'],
  inconclusive: ['yellow', '?'],
};

function markOf(verdict: Evidence['verdict'], paint: Paint): string {
  const [colour, mark] = MARKS[verdict];
  return paint[colour](mark);
}

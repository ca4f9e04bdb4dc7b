import { z } from 'zod';
import { isDue } from '../age-for.ts';
import { EXTERNAL, type SecretEntry } from '../config.ts';
import { isRotationError } from '../errors.ts';
import { keepRequest } from '../intake.ts';
import { executionNameOf, rotationIdOf, ticketOf } from '../names.ts';
import { instant, type RotationRequest, secretId } from '../rotation.ts';
import { entryOf } from '../run.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { refuseStorm } from '../storm.ts';

/** A person's, as it is typed into the console of Step Functions. */
const byHand = z.strictObject({ secretId, reason: z.string().min(1).max(500) });
/** The schedule's: whatever policy wants rotated. `due` is the moment that it fired for. */
const bySchedule = z.strictObject({ due: instant });

const asked = z.union([byHand, bySchedule], {
  error:
    'expected {"secretId": "<environment>/<area>/<name>", "reason": "..."}; the schedule sends {"due": "<moment>"}',
});

const start = z.strictObject({
  secretId,
  rotationId: z.string(),
  /** Names the machine. */
  type: z.string(),
  /** Of the execution: what is asked for twice is one run. */
  name: z.string(),
  ticket: z.string(),
});
const refusal = z.strictObject({ secretId, error: z.string(), cause: z.string() });
const admitted = z.strictObject({ starts: z.array(start), refused: z.array(refusal) });
type Start = z.output<typeof start>;
type Refusal = z.output<typeof refusal>;

export const intake = defineStep({
  name: 'intake',
  summary: 'The front door: resolves what is asked for to secrets, asks policy, and writes down the tickets.',
  input: z.strictObject({ asked, execution: z.string().min(1) }),
  output: admitted,
  opens: ['backend'],
  flows: ['intake'],
  run: async (deps, { asked: input, execution }) => {
    if ('due' in input) return admitDue(deps, input.due);
    const ticket = ticketOf(input.secretId, execution);
    const cause = { kind: 'manual', id: ticket } as const;
    const who = { requester: 'console', reason: input.reason };
    return { starts: [await admit(deps, entryOf(deps, input.secretId), { ticket, cause, ...who })], refused: [] };
  },
});

/** Every due secret that is free. One that is refused does not keep the others waiting. */
async function admitDue(deps: StepDeps, due: string): Promise<z.output<typeof admitted>> {
  const rotated = [...deps.config.secrets.values()].filter(({ type }) => type !== EXTERNAL);
  const outcomes = (await Promise.all(rotated.map((entry) => tryAdmitDue(deps, entry, due)))).flat();
  return {
    starts: outcomes.filter((outcome) => 'ticket' in outcome),
    refused: outcomes.filter((outcome) => 'error' in outcome),
  };
}

async function tryAdmitDue(deps: StepDeps, entry: SecretEntry, due: string): Promise<(Start | Refusal)[]> {
  try {
    return (await isDue(entry, deps)) && (await isFree(deps, entry)) ? [await admitScheduled(deps, entry, due)] : [];
  } catch (error) {
    if (isRotationError(error, 'TooManyAttempts')) return [];
    if (!isRotationError(error)) throw error;
    return [{ secretId: entry.id, error: error.name, cause: error.message }];
  }
}

/** Of a secret that a run has, the run's own end is told; it is not begun again beside it. */
async function isFree({ ledger }: StepDeps, { id }: SecretEntry): Promise<boolean> {
  return (await ledger.lockHolder(`secret:${id}`)) === undefined;
}

/** @throws TooManyAttempts where automatic starts are held back */
async function admitScheduled(deps: StepDeps, entry: SecretEntry, due: string): Promise<Start> {
  const cause = { kind: 'scheduled', id: due } as const;
  const ticket = ticketOf(entry.id, due);
  await refuseStorm(deps, { secretId: entry.id, cause });
  return admit(deps, entry, { ticket, cause, requester: 'schedule', reason: `due at ${due}` });
}

type Asked = Pick<RotationRequest, 'ticket' | 'cause' | 'requester' | 'reason'>;

async function admit(deps: StepDeps, entry: SecretEntry, request: Asked): Promise<Start> {
  const { ticket, cause } = await keepRequest(deps, entry, { ...request, requesterProof: 'service' });
  return {
    secretId: entry.id,
    rotationId: rotationIdOf(entry.id, cause.id),
    type: entry.type,
    name: executionNameOf(entry.type, entry.id, cause.id, 1),
    ticket,
  };
}

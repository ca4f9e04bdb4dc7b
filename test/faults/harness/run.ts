import { EngineError } from '../../../lib/asl/errors.ts';
import type { Execution } from '../../../lib/asl/execution.ts';
import { castVote } from '../../../lib/core/approvals.ts';
import type { ApprovalRecord, RotationRecord, Vote } from '../../../lib/core/rotation.ts';
import { quarantineEnded } from '../../../lib/local/ended.ts';
import { choiceFor, nameOf, sendOn } from '../../../lib/local/recovery.ts';
import { type Admitted, admitted } from '../../../lib/local/requests.ts';
import type { Site } from './site.ts';

/** What people do when a run asks them. */
export interface People {
  /** Who votes on a plan, in order. */
  readonly approvers: readonly string[];
  /** What they answer when the old credential is still in use at its deadline. */
  quiet(site: Site): 'forward' | 'back' | 'wait';
  /** What they answer to a quarantine, once they have put right what broke. */
  quarantine(site: Site): 'forward' | 'back' | 'reject';
}

export const PEOPLE: People = {
  approvers: ['sam', 'mona'],
  quiet: () => 'wait',
  quarantine: () => 'forward',
};

/** Asks for a rotation of a secret, and starts its execution. */
export async function rotate(site: Site, secretId: string): Promise<Admitted> {
  const { local, world } = site;
  const ticket = world.ids.uuid();
  const request = await local.ledger.saveRequest({
    ticket,
    secretId,
    cause: { kind: 'manual', id: ticket },
    requester: 'ada',
    requesterProof: 'signed',
    reason: 'a fault is to be seen',
    mode: 'normal',
    at: new Date(world.clock.now()).toISOString(),
  });
  const run = admitted(request, site.config.secrets.get(secretId)?.type ?? '', 1);
  startExecution(site, run);
  return run;
}

/** The same name and input again is the same execution. */
export function startExecution(site: Site, { request, execution }: Admitted): Execution {
  return site.process.engine.start({ machine: site.machine, name: execution, input: { ticket: request.ticket } });
}

/** Runs until nothing goes on by itself and nobody has anything left to answer. */
export async function drive(site: Site, people: People = PEOPLE): Promise<void> {
  const examined = new Set<string>();
  for (let round = 0; round < 60 && !site.exhausted; round++) {
    if (site.process.killed) site.process = site.process.next();
    await site.world.clock.runUntilIdle(() => site.process.killed || site.exhausted || isResting(site));
    if (site.process.killed) continue;
    await examine(site, examined);
    if (!(await answerAll(site, people)) && !(await restart(site, people))) return;
  }
  site.exhausted = true;
}

/** Whether every execution has ended or waits for a person. */
const isResting = (site: Site): boolean =>
  site.process.engine
    .list()
    .every((execution) => execution.status !== 'RUNNING' || openQuestion(site, execution) !== undefined);

function openQuestion(site: Site, { name, parked }: Execution): ApprovalRecord | undefined {
  if (!parked.some((state) => state.startsWith('Ask'))) return undefined;
  const record = [...site.book.records.values()].find((candidate) => nameOf(candidate) === name);
  return [...site.book.approvals.values()].findLast(
    ({ rotationId, status }) => rotationId === record?.rotationId && ['open', 'granted', 'rejected'].includes(status),
  );
}

/** Keeps the locks of what ended without a clean end, as the host does. */
async function examine(site: Site, examined: Set<string>): Promise<void> {
  for (const execution of site.process.engine.list()) {
    if (execution.status === 'RUNNING' || examined.has(execution.name)) continue;
    examined.add(execution.name);
    await quarantineEnded(site.local, execution).catch(ignoreDown);
  }
}

/** While the ledger is down the host cannot write either; it looks again when it is started anew. */
function ignoreDown(error: unknown): void {
  if (error instanceof Error && /^(Ledger|Audit)Unavailable$/.test(error.name)) return;
  throw error;
}

async function answerAll(site: Site, people: People): Promise<boolean> {
  let did = false;
  for (const execution of site.process.engine.list()) {
    const question = openQuestion(site, execution);
    if (execution.status !== 'RUNNING' || question === undefined) continue;
    did = true;
    if (question.status === 'open') await ANSWERS[question.kind](site, question, people);
    await deliver(site, question.id);
  }
  return did;
}

const ANSWERS: Record<ApprovalRecord['kind'], (site: Site, question: ApprovalRecord, people: People) => Promise<void>> =
  {
    plan: async (site, question, { approvers }) => {
      for (const person of approvers) await vote(site, question.id, person, 'approve');
    },
    // The simulated target makes its own values: whoever is asked for one sends the run back.
    value: (site, question) => vote(site, question.id, 'sam', 'back'),
    quiet: (site, question, people) => vote(site, question.id, 'sam', people.quiet(site)),
    quarantine: async (site, question, people) => {
      const decision = people.quarantine(site);
      const record = site.book.records.get(question.rotationId);
      if (decision === 'reject') await vote(site, question.id, 'sam', decision);
      else if (record !== undefined) await send(site, record, decision);
    },
  };

/** One person's vote, by the rules of the core. */
export async function vote(
  site: Site,
  id: string,
  person: string,
  decision: Vote['decision'],
  digest?: string,
): Promise<void> {
  const { local, world, config } = site;
  const record = await local.ledger.approval(id);
  if (record === undefined) throw new Error(`there is no approval ${id}`);
  const now = world.clock.now();
  const mine = { person, decision, reason: 'seen', at: new Date(now).toISOString(), proof: 'signed' };
  const counted = castVote(record, mine, { now, people: config.people, digest: digest ?? record.digest });
  await local.ledger.saveApproval(counted, record.revision);
}

/** Brings a decision to the state that waits for it. */
export async function deliver(site: Site, id: string): Promise<void> {
  const record = await site.local.ledger.approval(id);
  if (record?.sealedToken === undefined || !['granted', 'rejected'].includes(record.status)) return;
  const token = await site.local.ledger.unseal(record.sealedToken);
  try {
    await site.process.engine.sendTaskSuccess(token, { approval: id });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

/** Goes on with what ended in quarantine, in a new execution. */
async function restart(site: Site, people: People): Promise<boolean> {
  const left = [...site.book.records.values()].filter(({ closedAt }) => closedAt === undefined);
  for (const record of left) {
    const decision = people.quarantine(site);
    const execution = site.process.engine.execution(nameOf(record));
    if (execution !== undefined) await quarantineEnded(site.local, execution);
    const fresh = site.book.records.get(record.rotationId) ?? record;
    await send(site, fresh, decision === 'back' ? 'back' : 'forward');
  }
  return left.length > 0;
}

/** `keyturn resume` or `keyturn rollback`, by the local host's own rules. */
async function send(site: Site, record: RotationRecord, wanted: 'forward' | 'back'): Promise<void> {
  const choice = await choiceFor(site.local, record);
  const direction = choice.pastPivot ? 'forward' : wanted;
  startExecution(site, await sendOn(site.local, choice, direction, {}, 'mended'));
}

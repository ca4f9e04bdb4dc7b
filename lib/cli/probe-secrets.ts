import { ageFor } from '../core/age-for.ts';
import type { SecretEntry } from '../core/config.ts';
import type { Answer } from '../core/ports.ts';
import { findReferences } from '../core/references.ts';
import { refOf } from '../core/run.ts';
import type { StepDeps } from '../core/step.ts';
import { showAge } from './plan-text.ts';
import { hasFlow } from './plan-view.ts';
import { type Finding, fail, looking, ok, type Probe, warn } from './probe.ts';

/** Each secret: its value in the backend, its login at the target, and what the target lacks. */
export const probeSecrets: Probe = async ({ local, config }) => {
  const deps = local.deps();
  return (await Promise.all([...config.secrets.values()].map((entry) => probeSecret(entry, deps)))).flat();
};

async function probeSecret(entry: SecretEntry, deps: StepDeps): Promise<Finding[]> {
  const stored = await looking(entry.id, () => probeValue(entry, deps));
  if (stored.verdict === 'fail' || !hasFlow(entry)) return [stored];
  const login = await looking(`${entry.id} login`, () => probeLogin(entry, deps));
  if (login.verdict === 'fail') return [stored, login];
  return [stored, login, await looking(`${entry.id} target`, () => probeTarget(entry, deps))];
}

async function probeValue(entry: SecretEntry, deps: StepDeps): Promise<Finding> {
  const { state, age } = await ageFor(entry, deps);
  if (age === undefined) return fail(entry.id, `backend ${entry.backend} has no value`, `keyturn put ${entry.id}`);
  const { pending } = await (await deps.open.backend(entry)).versions(refOf(entry));
  const holder = await deps.ledger.lockHolder(`secret:${entry.id}`);
  if (pending.length > 0 && holder === undefined)
    return warn(
      entry.id,
      `a pending version lies in backend ${entry.backend} that no rotation owns`,
      `keyturn release ${entry.id}`,
    );
  if (state === 'fresh') return ok(entry.id, `a value, ${showAge(age)} old`);
  const remedy = hasFlow(entry)
    ? `keyturn rotate ${entry.id}`
    : 'exchange it where it was made, then `keyturn put --replace`';
  return warn(entry.id, `a value, ${showAge(age)} old: ${state}`, remedy);
}

async function probeLogin(entry: SecretEntry, deps: StepDeps): Promise<Finding> {
  const subject = `${entry.id} login`;
  const [backend, target] = await Promise.all([deps.open.backend(entry), deps.open.secretType(entry)]);
  return LOGINS[await target.probe(await backend.read(refOf(entry), 'current'))](subject, entry.id);
}

const LOGINS: Record<Answer, (subject: string, secretId: string) => Finding> = {
  accepted: (subject) => ok(subject, 'it logs in at its target'),
  untested: (subject) => ok(subject, 'not tested: there is no target to ask'),
  expired: (subject, secretId) => fail(subject, 'it has expired', `keyturn rotate ${secretId}`),
  refused: (subject) =>
    fail(
      subject,
      'the target refuses it',
      'compare the target in keyturn.yaml, or correct the value with `keyturn put --replace`',
    ),
};

/** Asks as the admin, so that its login is tried, too. */
async function probeTarget(entry: SecretEntry, deps: StepDeps): Promise<Finding> {
  const subject = `${entry.id} target`;
  const [backend, target] = await Promise.all([deps.open.backend(entry), deps.open.secretType(entry)]);
  const { statements, blocked } = await target.prepare(await backend.read(refOf(entry), 'current'));
  if (blocked.length > 0)
    return fail(
      subject,
      blocked.join('; '),
      `have somebody run the statements that \`keyturn plan ${entry.id}\` shows`,
    );
  return ok(
    subject,
    statements.length === 0
      ? 'prepared'
      : `the first rotation runs ${statements.length} statements; \`keyturn plan\` shows them`,
  );
}

/** Each channel: whether the credentials that it names are there. */
export const probeNotifiers: Probe = async ({ local, config }) => {
  const deps = local.deps();
  if (config.notifiers.length === 0)
    return [warn('notifiers', 'none: nobody hears of a failure', 'add one below `notifiers`')];
  return Promise.all(
    config.notifiers.map(({ use, config: own }) =>
      looking(`notifier ${use}`, async () => {
        for (const { secret } of findReferences(own)) {
          const entry = config.secrets.get(secret);
          if (entry !== undefined) await (await deps.open.backend(entry)).read(refOf(entry), 'current');
        }
        return ok(`notifier ${use}`, 'configured; what it names is there');
      }),
    ),
  );
};

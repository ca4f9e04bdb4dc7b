import { escapeLiteral } from 'pg';
import { RotationError } from '../../core/errors.ts';
import type { Change, Credential, Preparation, Switch } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { alterableLoginsOf } from '../logins/switch-logins.ts';
import { type Admin, asAdmin, transaction } from './admin.ts';
import type { Context } from './connect.ts';
import { changeFailure, prepareFailure, readFailure, valueFailure } from './failures.ts';
import { probe, requireOneOf } from './login.ts';
import { scramVerifier } from './scram.ts';
import { blocks, type Surveyor } from './survey.ts';
import { roleAt } from './target.ts';

const UNTOLD = "'<scram verifier computed by keyturn>'";

/** What the first rotation from `current` to the login `next` would do to the database itself, and what stands against it. */
export async function prepare(
  context: Context,
  survey: Surveyor,
  current: Credential,
  next: string,
): Promise<Preparation> {
  await requireOneOf(context, [current]);
  const previous = loginOf(current.value, `version ${current.version}`).username;
  return asAdmin(context, readFailure, async (admin) => {
    const found = await survey(admin, { previous, next });
    const missing = found.steps.length === 0 ? [] : [...found.steps, found.enable(UNTOLD)];
    return { statements: missing.map(({ sql }) => `${sql};`), blocked: blocks(found, admin.role) };
  });
}

/** Does what is missing and lets `next` in, all of it or nothing. */
export async function install(context: Context, survey: Surveyor, change: Switch): Promise<Change> {
  const { next, previous } = alterableLoginsOf(change, context.target.roles, (role) => roleAt(role, context.target));
  if ((await probe(context, change.next)) === 'accepted') return 'not-applied';
  await requireOneOf(context, [change.previous]);
  const verifier = await scramVerifier(next.password, context.deps.random);
  const subject = roleAt(next.username, context.target);
  await asAdmin(context, changeFailure, (admin) =>
    transaction(admin, async () => {
      const look = () => survey(admin, { previous: previous.username, next: next.username });
      const found = await look();
      refuse(subject, blocks(found, admin.role));
      for (const { sql } of found.steps) await attempt(admin, sql, prepareFailure, subject);
      // A GRANT that grants nothing is only a warning, so what was run is believed when a second look finds nothing missing.
      const left = found.steps.length > 0 ? (await look()).steps : [];
      const idle = left.map(({ sql }) => `without effect: ${sql}`);
      refuse(subject, idle);
      await attempt(admin, found.enable(escapeLiteral(verifier)).sql, valueFailure, subject);
    }),
  );
  return 'applied';
}

async function attempt(admin: Admin, sql: string, failure: typeof changeFailure, subject: string): Promise<void> {
  try {
    await admin.run(sql);
  } catch (error) {
    throw failure(error, subject);
  }
}

function refuse(subject: string, lines: readonly string[]): void {
  if (lines.length > 0) throw new RotationError('TargetNotPrepared', { subject, detail: lines.join('; ') });
}

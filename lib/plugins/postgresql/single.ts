import { escapeLiteral } from 'pg';
import type { Admin } from './admin.ts';
import type { Context } from './connect.ts';
import { probe } from './login.ts';
import type { Mode } from './mode.ts';
import { adminObstacles, broken, SINGLE_RULES } from './obstacles.ts';
import { loginWith, reach, readRoles, setPassword } from './roles.ts';
import { scramVerifier } from './scram.ts';
import { endBackends, readBackends } from './sessions.ts';
import type { LoginNames, Survey } from './survey.ts';

/** One login whose password is replaced: between that and a consumer's reload its new connections fail. */
export function singleMode(context: Context): Mode {
  const [role = ''] = context.target.roles;
  const { clock, random } = context.deps;
  const endBetween = (admin: Admin, from: number, to: number) =>
    endBackends(admin, role, async () =>
      (await readBackends(admin, clock, [role])).filter(({ startedAt }) => startedAt >= from && startedAt < to),
    );
  return {
    nextLogin: () => role,
    survey: surveySingle,
    old: (backends, { installedAt = Infinity }) => backends.filter(({ startedAt }) => startedAt < installedAt),
    withdraw: async (admin, change, { previous }) => {
      if ((await probe(context, change.previous)) === 'accepted') return 'not-applied';
      const verifier = await scramVerifier(previous.password, random);
      await admin.run(setPassword(role, escapeLiteral(verifier)));
      await endBetween(admin, change.installedAt ?? Infinity, clock.now());
      return 'applied';
    },
    retire: async (admin, { installedAt = clock.now() }) =>
      (await endBetween(admin, 0, installedAt)) > 0 ? 'applied' : 'not-applied',
  };
}

async function surveySingle(admin: Admin, { previous, next }: LoginNames): Promise<Survey> {
  const roles = await readRoles(admin, [next]);
  const other = `the current credential logs in as ${previous}, not as ${next}: name ${previous}, or two roles and an owner`;
  return {
    obstacles: [
      ...adminObstacles(admin, [next]),
      ...(previous === next ? [] : [other]),
      ...broken(roles, next, SINGLE_RULES),
    ],
    steps: reach(admin, roles, next),
    enable: (password) => loginWith(admin, roles, next, password),
  };
}

import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { Session, Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';

const config = z.strictObject({
  use: z.literal('postgresql-sessions'),
  /** The `application_name` that the consumer gives its connections. */
  applicationName: z.string().min(1).max(63),
  /** How many sessions must use the expected version, e.g. the size of the smallest pool. */
  minimum: z.int().positive().default(1),
});

/** Looks at the consumer's own sessions at the target: proof of what it really uses. */
export const postgresqlSessions = definePlugin({
  name: 'postgresql-sessions',
  summary: "The consumer's sessions at the target use the expected version, and none the other.",
  config,
  requires: ['sessions'],
  create: ({ applicationName, minimum }): VerifierClient => ({
    check: async (request) => {
      try {
        const sessions = await request.target.sessions({
          next: request.expected,
          previous: request.other,
          ...(request.installedAt !== undefined && { installedAt: request.installedAt }),
        });
        const own = sessions.filter(({ application }) => application === applicationName);
        return judge(own, request, minimum);
      } catch (error) {
        if (isRotationError(error)) return { verdict: 'inconclusive', why: error.message };
        throw error;
      }
    },
  }),
});

function judge(sessions: readonly Session[], request: VerifyRequest, minimum: number): Verdict {
  const isExpected = sideOf(request);
  if (isExpected === undefined) return { verdict: 'inconclusive', why: 'it is not known when the target switched' };
  const expected = sessions.filter(isExpected).length;
  const others = sessions.length - expected;
  if (sessions.length === 0) return { verdict: 'inconclusive', why: 'the application has no session' };
  if (others > 0) return { verdict: 'rejected', why: `${others} of ${sessions.length} sessions use the other version` };
  if (expected < minimum) return { verdict: 'inconclusive', why: `${expected} of at least ${minimum} sessions` };
  return { verdict: 'verified', why: `all ${expected} sessions use the expected version` };
}

/** Of two logins the name tells; of one, whether the session began after the switch. */
function sideOf({ expected, other, installedAt }: VerifyRequest): ((session: Session) => boolean) | undefined {
  const [mine, theirs] = [expected.value.field('username'), other.value.field('username')];
  if (mine !== theirs) return ({ principal }) => principal === mine;
  return installedAt === undefined ? undefined : ({ startedAt }) => startedAt >= installedAt;
}

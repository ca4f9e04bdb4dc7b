import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { Session, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { byName, sessionVerdict } from '../logins/session-verdict.ts';

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
    check: (request) => sessionVerdict(request, { application: applicationName, minimum, side }),
  }),
});

/** Of two logins the name tells; of one, whether the session began after the switch. */
function side(request: VerifyRequest): ((session: Session) => boolean) | string {
  const { installedAt } = request;
  const after = ({ startedAt }: Session) => installedAt !== undefined && startedAt >= installedAt;
  return byName(request) ?? (installedAt === undefined ? 'it is not known when the target switched' : after);
}

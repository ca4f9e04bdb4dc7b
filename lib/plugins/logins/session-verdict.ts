import { isRotationError } from '../../core/errors.ts';
import type { Session, Verdict, VerifyRequest } from '../../core/ports.ts';

/** Which sessions are a consumer's own, and how many it should have. */
export interface Wanted {
  /** The name that the consumer gives its connections. */
  readonly application: string;
  /** How many must use the expected version. */
  readonly minimum: number;
  /** Tells for a session whether it uses the expected version; a text says why nobody can tell. */
  readonly side: (request: VerifyRequest) => ((session: Session) => boolean) | string;
}

/** Looks at the consumer's own sessions at the target: proof of what it really uses. */
export async function sessionVerdict(request: VerifyRequest, wanted: Wanted): Promise<Verdict> {
  try {
    const sessions = await request.target.sessions({
      next: request.expected,
      previous: request.other,
      ...(request.installedAt !== undefined && { installedAt: request.installedAt }),
    });
    const own = sessions.filter(({ application }) => application === wanted.application);
    return judge(own, request, wanted);
  } catch (error) {
    if (isRotationError(error)) return { verdict: 'inconclusive', why: error.message };
    throw error;
  }
}

function judge(sessions: readonly Session[], request: VerifyRequest, { side, minimum }: Wanted): Verdict {
  const isExpected = side(request);
  if (typeof isExpected === 'string') return { verdict: 'inconclusive', why: isExpected };
  const expected = sessions.filter(isExpected).length;
  const others = sessions.length - expected;
  if (sessions.length === 0) return { verdict: 'inconclusive', why: 'the application has no session' };
  if (others > 0) return { verdict: 'rejected', why: `${others} of ${sessions.length} sessions use the other version` };
  if (expected < minimum) return { verdict: 'inconclusive', why: `${expected} of at least ${minimum} sessions` };
  return { verdict: 'verified', why: `all ${expected} sessions use the expected version` };
}

/** The test by login names, where the two versions have one each. */
export function byName({ expected, other }: VerifyRequest): ((session: Session) => boolean) | undefined {
  const [mine, theirs] = [expected.value.field('username'), other.value.field('username')];
  return mine === theirs ? undefined : ({ principal }) => principal === mine;
}

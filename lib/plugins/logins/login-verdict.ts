import { isRotationError } from '../../core/errors.ts';
import type { Verdict, VerifyRequest } from '../../core/ports.ts';

const VERDICTS = {
  accepted: { verdict: 'verified', why: 'the target accepts the login' },
  untested: { verdict: 'inconclusive', why: 'there is no target to ask' },
  refused: { verdict: 'rejected', why: 'the target refuses the login' },
  expired: { verdict: 'rejected', why: 'the credential has expired' },
} as const satisfies Record<string, Verdict>;

/** Whether the target accepts a login with the expected version: proof of the credential, not of a consumer's use of it. */
export async function loginVerdict({ target, expected }: VerifyRequest): Promise<Verdict> {
  try {
    return VERDICTS[await target.probe(expected)];
  } catch (error) {
    if (isRotationError(error)) return { verdict: 'inconclusive', why: error.message };
    throw error;
  }
}

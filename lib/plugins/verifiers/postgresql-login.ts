import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { Verdict, VerifierClient } from '../../core/ports.ts';

const VERDICTS = {
  accepted: { verdict: 'verified', why: 'the target accepts the login' },
  refused: { verdict: 'rejected', why: 'the target refuses the login' },
} as const satisfies Record<string, Verdict>;

/** Logs in at the target with the expected version: proof of the credential, not of a consumer's use of it. */
export const postgresqlLogin = definePlugin({
  name: 'postgresql-login',
  summary: 'The target accepts a login with the expected version.',
  config: z.strictObject({ use: z.literal('postgresql-login') }),
  create: (): VerifierClient => ({
    check: async ({ target, expected }) => {
      try {
        return VERDICTS[await target.probe(expected)];
      } catch (error) {
        if (isRotationError(error)) return { verdict: 'inconclusive', why: error.message };
        throw error;
      }
    },
  }),
});

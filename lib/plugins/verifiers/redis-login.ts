import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { VerifierClient } from '../../core/ports.ts';
import { loginVerdict } from '../logins/login-verdict.ts';

/** Logs in at every node with the expected version: proof of the credential, not of a consumer's use of it. */
export const redisLogin = definePlugin({
  name: 'redis-login',
  summary: 'Every node accepts a login with the expected version.',
  config: z.strictObject({ use: z.literal('redis-login') }),
  create: (): VerifierClient => ({ check: loginVerdict }),
});

import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { VerifierClient } from '../../core/ports.ts';
import { byName, sessionVerdict } from '../logins/session-verdict.ts';

const config = z.strictObject({
  use: z.literal('redis-clients'),
  /** The name that the consumer gives its connections with CLIENT SETNAME. */
  clientName: z.string().regex(/^[!-~]{1,64}$/, 'expected printable characters without blanks'),
  /** How many connections, over all nodes, must use the expected version. */
  minimum: z.int().positive().default(1),
});

/** Looks at the consumer's own connections at all nodes: proof of what it really uses, where two users alternate. */
export const redisClients = definePlugin({
  name: 'redis-clients',
  summary: "The consumer's connections log in as the expected user, and none as the other.",
  config,
  requires: ['sessions'],
  create: ({ clientName, minimum }): VerifierClient => ({
    check: (request) =>
      sessionVerdict(request, {
        application: clientName,
        minimum,
        side: (asked) => byName(asked) ?? 'both versions have one user: no connection shows which password it used',
      }),
  }),
});

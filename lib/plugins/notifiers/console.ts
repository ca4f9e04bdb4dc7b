import { z } from 'zod';
import type { NotifierClient, Occasion } from '../../core/notices.ts';
import { definePlugin } from '../../core/plugin.ts';

/** What a person should look at. */
const URGENT: ReadonlySet<Occasion> = new Set(['failed', 'quarantined', 'emergency']);

/** Notices as lines of the host's own log. */
export const consoleNotifier = definePlugin({
  name: 'console',
  summary: "Lines in Keyturn's own log",
  config: z.strictObject({ use: z.literal('console') }),
  create: (_options, { log }): NotifierClient => ({
    send: async ({ occasion, secretId, rotationId, classification, headline, facts }) => {
      const table = facts.map(([label, value]) => `${label}: ${value}`).join(', ');
      const level = URGENT.has(occasion) ? 'warn' : 'info';
      log[level](table ? `${headline} (${table})` : headline, { occasion, secretId, rotationId, classification });
    },
  }),
});

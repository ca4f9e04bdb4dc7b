import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { RestarterClient } from '../../core/ports.ts';

/** For a consumer that picks a new value up by itself; its verifier proves that it did. */
export const none = definePlugin({
  name: 'none',
  summary: 'Nothing: the consumer picks a new value up by itself',
  config: z.strictObject({ use: z.literal('none') }),
  create: (): RestarterClient => ({
    restart: async () => 'not-applied',
    status: async () => ({ state: 'healthy', why: 'the consumer picks a new value up by itself' }),
    undo: async () => 'not-applied',
  }),
});

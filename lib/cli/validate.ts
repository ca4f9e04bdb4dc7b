import { z } from 'zod';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { readConfigured } from './host.ts';

/** Reads the configuration; all of its errors are told at once. */
export const validate = defineCommand(z.object({}), async (context) => {
  const { config } = await readConfigured(context);
  const secrets = config.secrets.size;
  context.output.answer(
    { valid: true, secrets, environments: Object.keys(config.environments), backends: Object.keys(config.backends) },
    () =>
      `${context.globals.config} holds: ${secrets} secret${secrets === 1 ? '' : 's'}, ${Object.keys(config.backends).length} backend(s)`,
  );
  return EXIT.done;
});

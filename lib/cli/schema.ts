import { z } from 'zod';
import { configSchema } from '../core/config.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { loadCatalog } from './own-plugins.ts';

/** The configuration's JSON Schema, with the plugins of its folder. */
export const schema = defineCommand(z.object({}), async ({ globals, terminal }) => {
  const described = configSchema(await loadCatalog(globals.config));
  const document = z.toJSONSchema(described, { io: 'input', unrepresentable: 'any' });
  terminal.stdout.write(`${JSON.stringify({ title: 'keyturn.yaml', ...document }, null, 2)}\n`);
  return EXIT.done;
});

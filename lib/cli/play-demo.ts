import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Context, defineCommand } from './command.ts';
import { runService } from './demo/service.ts';
import { demo, type Teller } from './demo.ts';
import { EXIT } from './exit-codes.ts';
import { momentReader } from './moments.ts';
import { plainProgress } from './progress.ts';

/** Plays the demo and says whether everything that it promises was observed. */
export const playDemo = defineCommand(z.object({ folder: z.string().optional() }), async (context, { folder }) => {
  const stage = folder ?? mkdtempSync(join(tmpdir(), 'keyturn-demo-'));
  const holds = await demo(stage, tellerFor(context));
  context.output.answer({ holds, folder: stage }, () => (holds ? 'everything held' : 'something did not hold'));
  return holds ? EXIT.done : EXIT.notProven;
});

const service = z.object({ envFile: z.string(), port: z.coerce.number().int(), name: z.string() });

/** A service of the demo, as a process of its own; it ends when the demo lets it go. */
export const playService = defineCommand(service, async (_, { envFile, port, name }) => {
  await runService(envFile, port, name);
  return EXIT.done;
});

const tellerFor = ({ output }: Context): Teller => ({
  say: output.say,
  progress: () => {
    const progress = plainProgress(output, new Map());
    const read = momentReader();
    return (event) => {
      const moment = read(event);
      if (moment !== undefined) progress.moment(moment);
    };
  },
});

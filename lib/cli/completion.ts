import tab from '@bomb.sh/tab/commander';
import { z } from 'zod';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export const COMPLETE = 'complete';

/** Prints the script that a shell sources. */
export const completion = defineCommand(z.object({ shell: z.enum(SHELLS) }), async ({ commander }, { shell }) => {
  tab(commander).setup('keyturn', 'keyturn', shell);
  return EXIT.done;
});

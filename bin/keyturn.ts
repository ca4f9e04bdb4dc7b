import { main } from '../lib/cli/main.ts';
import { processTerminal } from '../lib/cli/terminal.ts';

/** A reader that has seen enough, such as `head`, closes the pipe. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2), processTerminal);

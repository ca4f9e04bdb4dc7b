import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { packageRoot } from '../runtime/package-root.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line, as it comes after `keyturn`. Whatever happens is told on the terminal; this never throws. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const output = createOutput(terminal, { json: argv.includes('--json'), color: !argv.includes('--no-color') });
  try {
    const { commander, result } = createProgram(COMMANDS, terminal, version());
    if (argv[0] === 'complete') {
      const { complete } = await import('./complete.ts');
      return complete(commander, argv);
    }
    await commander.parseAsync([...argv], { from: 'user' });
    return result() ?? EXIT.done;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error, output, terminal.env);
    if (error.exitCode === 0) return EXIT.done;
    output.line({ error: { name: 'UsageError', message: error.message } });
    return EXIT.usage;
  }
}

function version(): string {
  const { version: known }: { version?: unknown } = JSON.parse(
    readFileSync(join(packageRoot(), 'package.json'), 'utf8'),
  );
  return String(known);
}

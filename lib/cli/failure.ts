import { UsageError } from './command.ts';
import { ConfigRefused } from './config-refused.ts';
import { EXIT, type ExitCode, exitOfError } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/** Tells an error: in full where Keyturn made it, in one line where it did not expect it. */
export function reportFailure(error: unknown, output: Output, env: Terminal['env']): ExitCode {
  const known = error instanceof Error ? error : new Error(String(error));
  const problems = known instanceof ConfigRefused ? { problems: known.errors } : {};
  output.note(`${output.paint.red('error')} ${known.message}`);
  if ((env.KEYTURN_DEBUG ?? '') !== '' && known.stack !== undefined) output.note(known.stack);
  output.line({ error: { name: known.name, message: known.message, ...problems } });
  return known instanceof ConfigRefused || known instanceof UsageError ? EXIT.usage : exitOfError(known.name);
}

import type { Command as Commander } from 'commander';
import type { z } from 'zod';
import { RotationError } from '../core/errors.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/** The options that every command takes. */
export interface Globals {
  readonly config: string;
  readonly data: string;
  readonly target: 'local';
  readonly json: boolean;
  readonly yes: boolean;
}

export interface Context {
  readonly globals: Globals;
  readonly output: Output;
  readonly terminal: Terminal;
  /** The whole command line, for its completion. */
  readonly commander: Commander;
}

/** A command as the program calls it: its arguments and options, by name. */
export type Command = (context: Context, given: Readonly<Record<string, unknown>>) => Promise<ExitCode>;

/** What is wrong with a command line beyond what its parser sees; nothing was tried. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command with the schema of its arguments and options. @throws RotationError, UsageError */
export function defineCommand<Options extends z.ZodType>(
  schema: Options,
  run: (context: Context, options: z.output<Options>) => Promise<ExitCode>,
): Command {
  return async (context, given) => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return run(context, parsed.data);
    const detail = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw new RotationError('InputInvalid', { subject: 'the command line', detail });
  };
}

import type { Command } from './command.ts';

export interface OptionSpec {
  /** As commander reads it: `--reason <text>`. */
  readonly flags: string;
  readonly says: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly required?: boolean;
}

/** How a command looks from outside. Its work lies in a module of its own, which is loaded when it runs. */
export interface CommandSpec {
  /** Name and arguments: `put <secret>`. */
  readonly usage: string;
  readonly summary: string;
  /** What a newcomer has to know, in a few lines. */
  readonly about?: string;
  readonly options?: readonly OptionSpec[];
  /** Command lines without the leading `keyturn`, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load?: () => Promise<Command>;
  readonly subcommands?: readonly CommandSpec[];
  /** Not for people: Keyturn calls it itself. */
  readonly hidden?: boolean;
}

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandSpec[];
}

export const option = (flags: string, says: string, more: Omit<OptionSpec, 'flags' | 'says'> = {}): OptionSpec => ({
  flags,
  says,
  ...more,
});

/** Who acts: for everything that is recorded under a name. */
export const ACTOR: readonly OptionSpec[] = [
  option('--as <name>', 'act as this operator of keyturn.yaml (default: $KEYTURN_OPERATOR, else your user)'),
  option('--key <file>', 'private key of that operator (default: $KEYTURN_KEY_FILE)'),
];

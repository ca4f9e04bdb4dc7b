import { Command as Commander, Option } from 'commander';
import type { Context, Globals } from './command.ts';
import type { CommandGroup, CommandSpec, OptionSpec } from './command-spec.ts';
import type { ExitCode } from './exit-codes.ts';
import { createOutput } from './output.ts';
import type { Terminal } from './terminal.ts';

const ABOUT =
  'Keyturn rotates secrets end to end and proves that it worked: it makes a new credential, has the target accept it beside the old one, brings it to every consumer, proves each on it, and only then retires the old one.';

const AFTER = `
Start here:
  keyturn init --environment production      write a commented keyturn.yaml
  keyturn put production/database/app        store the value that is in use today
  keyturn plan                               show what a rotation would do; changes nothing
  keyturn rotate production/database/app     do it
  keyturn demo                               see it all on embedded servers first

Exit codes:
  0 done   1 failed and rolled back, nothing changed   2 usage or configuration error, nothing was tried
  3 quarantined or needs a person   4 waits or was interrupted: resumable   5 evidence does not hold`;

export interface Program {
  readonly commander: Commander;
  /** The exit code of the command that ran. */
  result(): ExitCode | undefined;
}

/** The command line, from its tables; no command's own code is loaded. */
export function createProgram(groups: readonly CommandGroup[], terminal: Terminal, version: string): Program {
  let code: ExitCode | undefined;
  const program = new Commander('keyturn')
    .description(ABOUT)
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showHelpAfterError('(see --help)')
    .addHelpText('after', AFTER);
  for (const spec of GLOBALS) program.addOption(toOption(spec));
  const run = async (spec: CommandSpec, given: Readonly<Record<string, unknown>>) => {
    const command = await spec.load?.();
    code = await command?.(contextOf(program, terminal), given);
  };
  for (const { heading, commands } of groups) {
    for (const spec of commands) addCommand(program, spec, run).helpGroup(heading);
  }
  return { commander: program, result: () => code };
}

const GLOBALS: readonly OptionSpec[] = [
  { flags: '--config <file>', says: 'the configuration', default: 'keyturn.yaml' },
  { flags: '--data <directory>', says: 'ledger, journal and encrypted store of this machine', default: '.keyturn' },
  { flags: '--target <host>', says: 'where rotations run', choices: ['local'], default: 'local' },
  { flags: '--json', says: 'documents on stdout, text for people on stderr' },
  { flags: '--no-color', says: 'no colours' },
  { flags: '--yes', says: 'do not ask for confirmation' },
];

function toOption({ flags, says, choices, default: fallback, required }: OptionSpec): Option {
  const made = new Option(flags, says);
  if (choices !== undefined) made.choices(choices);
  if (fallback !== undefined) made.default(fallback);
  if (required) made.makeOptionMandatory();
  return made;
}

type Run = (spec: CommandSpec, given: Readonly<Record<string, unknown>>) => Promise<void>;

function addCommand(parent: Commander, spec: CommandSpec, run: Run): Commander {
  const command = parent
    .command(spec.usage, { hidden: spec.hidden ?? false })
    .summary(spec.summary)
    .description((spec.about ?? spec.summary).replaceAll('\n', ' '));
  for (const each of spec.options ?? []) command.addOption(toOption(each));
  command.addHelpText('after', examplesText(spec));
  for (const each of spec.subcommands ?? []) addCommand(command, each, run);
  if (spec.load !== undefined) command.action(() => run(spec, givenTo(command)));
  return command;
}

/** `env-file` as commander names an option: `envFile`. */
const camelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Arguments and options under their names. */
function givenTo(command: Commander): Readonly<Record<string, unknown>> {
  const named = command.registeredArguments.map((argument, index) => [
    camelCase(argument.name()),
    command.processedArgs[index],
  ]);
  return { ...command.opts(), ...Object.fromEntries(named) };
}

function contextOf(program: Commander, terminal: Terminal): Context {
  const { color, ...globals } = program.opts<Globals & { readonly color: boolean }>();
  const known = { ...globals, json: globals.json === true, yes: globals.yes === true };
  const output = createOutput(terminal, { json: known.json, color });
  return { globals: known, terminal, output, commander: program };
}

function examplesText({ examples }: CommandSpec): string {
  if (examples.length === 0) return '';
  const width = Math.max(...examples.map(([line]) => line.length));
  return `\nExamples:\n${examples.map(([line, meaning]) => `  keyturn ${line.padEnd(width)}  ${meaning}`).join('\n')}`;
}

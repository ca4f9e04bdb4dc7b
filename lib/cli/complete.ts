import { existsSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import type { Command as Commander } from 'commander';
import { parse } from 'yaml';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readText } from './input-file.ts';

/** Answers a shell's press of tab: `complete -- <words so far>`. Ids of secrets come from the configuration as it lies there, with errors or without. */
export function complete(commander: Commander, argv: readonly string[]): ExitCode {
  const words = argv.slice(argv.indexOf('--') + 1);
  const root = tab(commander);
  for (const command of root.commands.values()) {
    const argument = command.arguments.get('secret');
    if (argument === undefined) continue;
    argument.handler = (tell) => {
      for (const id of secretIds(configIn(words))) tell(id, '');
    };
  }
  root.parse(words);
  return EXIT.done;
}

function configIn(words: readonly string[]): string {
  const given = words.indexOf('--config');
  return (given === -1 ? undefined : words[given + 1]) ?? 'keyturn.yaml';
}

/** Half-written YAML completes nothing. */
function secretIds(file: string): string[] {
  if (!existsSync(file)) return [];
  const config: unknown = parse(readText(file), { logLevel: 'silent', strict: false });
  const secrets = typeof config === 'object' && config !== null && 'secrets' in config ? config.secrets : undefined;
  return typeof secrets === 'object' && secrets !== null ? Object.keys(secrets) : [];
}

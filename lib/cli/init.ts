import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { errorCode, RotationError } from '../core/errors.ts';
import { CLASSIFICATIONS } from '../core/rotation.ts';
import { createOperatorKey } from '../local/operators.ts';
import { builtIn } from '../runtime/catalog.ts';
import { parseConfig } from '../runtime/read-config.ts';
import { type Context, defineCommand, UsageError } from './command.ts';
import { ConfigRefused } from './config-refused.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type FirstConfig, firstConfig } from './first-config.ts';

const options = z.object({
  organization: z.string(),
  environment: z.string(),
  secret: z.string().optional(),
  classification: z.enum(CLASSIFICATIONS),
  team: z.string(),
  host: z.string(),
  port: z.coerce.number().int().min(1).max(65535),
  database: z.string(),
  roles: z.string().transform((list) => list.split(',').map((role) => role.trim())),
  owner: z.string(),
  ssl: z.enum(['verify-full', 'require', 'disable']),
  consumer: z.string(),
  loginFile: z.string(),
  reloadUrl: z.string().optional(),
  operator: z.string().optional(),
  key: z.string().optional(),
});
type Options = z.output<typeof options>;

/** Writes a first keyturn.yaml, or an operator's key. */
export const init = defineCommand(options, async (context, given) =>
  given.operator === undefined ? writeConfig(context, given) : writeKey(context, given.operator, given.key),
);

function writeConfig({ globals, output }: Context, given: Options): ExitCode {
  const { secret, reloadUrl, ...rest } = given;
  const first: FirstConfig = { ...rest, secret: secret ?? `${given.environment}/database/app`, reloadUrl };
  const text = firstConfig(first);
  const checked = parseConfig(text, builtIn);
  if ('errors' in checked) throw new ConfigRefused('what these options make', checked.errors);
  const file = resolve(globals.config);
  writeNew(file, text);
  const next = [`keyturn put ${first.secret}-admin`, `keyturn put ${first.secret}`, 'keyturn doctor', 'keyturn plan'];
  output.answer({ file, secret: first.secret, next }, () =>
    [
      `wrote ${file}; read it, it says what to change`,
      ...next.map((line, index) => `${index === 0 ? 'next' : 'then'}  ${line}`),
    ].join('\n'),
  );
  return EXIT.done;
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') throw new UsageError(`${file} is there already; init never overwrites`);
    throw new RotationError('StorageFailed', { subject: file, code: code ?? '' });
  }
}

function writeKey({ output }: Context, name: string, key: string | undefined): ExitCode {
  if (key === undefined) throw new UsageError('say with --key where the private key goes');
  const publicKey = createOperatorKey(resolve(key));
  const yaml = `operators:\n  ${JSON.stringify(name)}: { publicKey: "${publicKey}" }`;
  output.answer({ operator: name, publicKey, keyFile: resolve(key) }, () => yaml);
  output.note(
    `the private key is in ${key}, readable by you only; the lines go to keyturn.yaml, and the name to the roles below people:`,
  );
  return EXIT.done;
}

import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { PluginEntry } from '../core/config.ts';
import { RotationError } from '../core/errors.ts';
import type { BackendPlugin, Grant, GrantRequest, GrantVerdict } from '../core/grants.ts';
import { readKeyFile } from '../core/key-file.ts';
import { refOf } from '../core/run.ts';
import { Secret } from '../core/secret.ts';
import { systemTime } from '../local/local.ts';
import { guardedFetch } from '../runtime/guarded-fetch.ts';
import { type Context, defineCommand, UsageError } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Configured, readConfigured } from './host.ts';
import { table } from './table.ts';

const options = z.object({
  backend: z.string().optional(),
  cidr: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], { error: 'expected networks such as 10.1.2.0/24,10.1.3.0/24' })))
    .default([]),
  check: z.boolean().default(false),
  tokenFile: z.string().optional(),
});
type Given = z.output<typeof options>;

interface Granting {
  readonly grants: NonNullable<BackendPlugin['grants']>;
  readonly entry: PluginEntry;
  readonly request: GrantRequest;
}

/** What an administrator has to set up on the servers of backends that have access rules of their own. */
export const vaultPolicies = defineCommand(options, async (context, given) => {
  const configured = await readConfigured(context);
  const granting = grantingOf(configured, given);
  if (given.check) return check(context, configured, granting, given);
  const grants = granting.flatMap(({ grants: { list }, entry, request }) => list(entry.config, request));
  context.output.answer({ grants }, () => script(grants));
  if (given.cidr.length === 0) context.output.note('No --cidr: these logins would be good from any network.');
  return EXIT.done;
});

/** @throws UsageError when there is none */
function grantingOf({ config, catalog }: Configured, { backend, cidr: cidrs }: Given): readonly Granting[] {
  const found = Object.entries(config.backends)
    .filter(([name]) => backend === undefined || name === backend)
    .flatMap(([name, entry]): Granting[] => {
      const grants = catalog.backends.find((plugin) => plugin.name === entry.use)?.grants;
      const mine = [...config.secrets.values()].filter((secret) => secret.backend === name);
      return grants === undefined ? [] : [{ grants, entry, request: { backend: name, refs: mine.map(refOf), cidrs } }];
    });
  if (found.length > 0) return found;
  throw new UsageError(`no backend ${backend ?? ''} of keyturn.yaml has access rules on a server of its own`);
}

const script = (grants: readonly Grant[]): string =>
  grants.map(({ command, text }) => `${command} <<'KEYTURN'\n${text}KEYTURN\n`).join('\n');

async function check(
  { output, globals }: Context,
  { config }: Configured,
  granting: readonly Granting[],
  { tokenFile }: Given,
): Promise<ExitCode> {
  const deps = {
    clock: systemTime,
    fetch: guardedFetch({ allow: config.allow }),
    baseDir: dirname(resolve(globals.config)),
  };
  const login = Secret.of({ token: readToken(tokenFile) });
  const verdicts: GrantVerdict[] = [];
  for (const { grants, entry, request } of granting) {
    verdicts.push(...(await grants.compare(entry.config, request, deps, login)));
  }
  output.answer({ grants: verdicts }, () =>
    table(
      ['Kind', 'Name', 'On the server'],
      verdicts.map(({ kind, name, state }) => [kind, name, state]),
    ),
  );
  return verdicts.every(({ state }) => state === 'same') ? EXIT.done : EXIT.notProven;
}

/** @throws UsageError, KeyFileExposed, KeyFileInvalid */
function readToken(file: string | undefined): string {
  if (file === undefined) throw new UsageError("--check needs --token-file with an administrator's token");
  const token = readKeyFile(fs, resolve(file))?.trim();
  if (token) return token;
  throw new RotationError('KeyFileInvalid', { subject: file, detail: 'it is missing or empty' });
}

import { z } from 'zod';
import type { Catalog } from '../core/catalog.ts';
import { EXTERNAL, type SecretEntry } from '../core/config.ts';
import { Secret } from '../core/secret.ts';
import { storeValue } from '../local/store-value.ts';
import { anchorAudit } from './anchor-audit.ts';
import { parsedJson } from './cause.ts';
import { actorShape, claimOf } from './claim.ts';
import { type Context, defineCommand, UsageError } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';
import { named } from './selection.ts';

const options = z.object({ secret: z.string(), replace: z.boolean().default(false), ...actorShape });
const fields = z.record(z.string().min(1), z.string());

/** Stores a first or hand-made value, from stdin or a prompt; never from the command line, which others can read. */
export const put = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const [entry] = named([given.secret], host.config);
    if (entry === undefined) return EXIT.usage;
    const value = Secret.of(await readFields(context, entry, host.catalog));
    const claim = claimOf(given, context);
    const stored = await storeValue(host.local, { secretId: entry.id, value, replace: given.replace, claim });
    await anchorAudit(host);
    context.output.answer(
      { secret: entry.id, version: stored.version, replaced: stored.replaced ?? null },
      () =>
        `${entry.id}: version ${stored.version} is current${stored.replaced === undefined ? '' : `, instead of ${stored.replaced}`}`,
    );
    return EXIT.done;
  }),
);

async function readFields(context: Context, entry: SecretEntry, catalog: Catalog): Promise<z.output<typeof fields>> {
  return context.terminal.stdin.isTTY ? prompted(context, entry, catalog) : fromStdin(context);
}

async function fromStdin({ terminal }: Context): Promise<z.output<typeof fields>> {
  const chunks: Buffer[] = [];
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk));
  const parsed = fields.safeParse(parsedJson(Buffer.concat(chunks).toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new UsageError('stdin must hold one JSON object of texts, e.g. {"username": "...", "password": "..."}');
}

async function prompted(
  { terminal }: Context,
  { id, type, fields: names }: SecretEntry,
  { secretTypes }: Catalog,
): Promise<z.output<typeof fields>> {
  const { default: password } = await import('@inquirer/password');
  const known = secretTypes.find(({ name }) => name === type)?.adoption?.fields ?? Object.keys(names);
  const asked = type === EXTERNAL && known.length === 0 ? ['value'] : known;
  const answers: [string, string][] = [];
  for (const name of asked)
    answers.push([name, await password({ message: `${id} ${name}` }, { output: terminal.stderr })]);
  return Object.fromEntries(answers);
}

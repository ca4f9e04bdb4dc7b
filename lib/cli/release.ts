import { z } from 'zod';
import { refOf } from '../core/run.ts';
import { release as releaseSecret } from '../local/release.ts';
import { anchorAudit } from './anchor-audit.ts';
import { actorShape, claimOf } from './claim.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { agreed } from './explain.ts';
import { type Host, withHost } from './host.ts';
import { named } from './selection.ts';

const options = z.object({ ...actorShape, secret: z.string() });

/** Gives a secret free after a person has put things right by hand. */
export const release = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    named([given.secret], host.config);
    if (!(await agreed(context, await releaseText(host, given.secret)))) return EXIT.waiting;
    const { discarded, released } = await releaseSecret(host.local, given.secret, claimOf(given, context));
    await anchorAudit(host);
    context.output.answer({ secret: given.secret, discarded, released: released ?? null }, () =>
      [
        `${given.secret}: ${discarded.length === 0 ? 'no pending version was there' : `forgot pending ${discarded.join(', ')}`}`,
        released === undefined ? 'it was not locked' : `its locks, held by rotation ${released}, are free`,
      ].join('; '),
    );
    return EXIT.done;
  }),
);

async function releaseText({ local, config }: Host, secret: string): Promise<string> {
  const deps = local.deps();
  const entry = config.secrets.get(secret);
  const versions =
    entry === undefined ? { pending: [] } : await (await deps.open.backend(entry)).versions(refOf(entry));
  const holder = await local.ledger.lockHolder(`secret:${secret}`);
  return [
    `${secret}: ${holder === undefined ? 'no rotation holds it' : `rotation ${holder.rotationId} holds it`}; pending versions: ${versions.pending.map(({ version }) => version).join(', ') || 'none'}`,
    'a pending version that the target refuses is forgotten, and the locks are freed; one that logs in is kept, and so are the locks',
  ].join('\n');
}

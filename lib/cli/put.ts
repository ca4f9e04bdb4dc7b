import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import { storeValue } from '../local/store-value.ts';
import { anchorAudit } from './anchor-audit.ts';
import { actorShape, claimOf } from './claim.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';
import { readFields } from './read-fields.ts';
import { named } from './selection.ts';

const options = z.object({ secret: z.string(), replace: z.boolean().default(false), ...actorShape });

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

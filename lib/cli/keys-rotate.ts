import { z } from 'zod';
import { type KeyExchange, OWN_KEYS, recordExchange, rotateKey } from '../local/rotate-key.ts';
import { anchorAudit } from './anchor-audit.ts';
import { actorShape, claimOf } from './claim.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';

const options = z.object({ ...actorShape, which: z.enum(OWN_KEYS) });

/** Exchanges one of Keyturn's own keys, and opens the data directory anew to put that on record under it. */
export const keysRotate = defineCommand(options, async (context, given) => {
  const done: KeyExchange[] = [];
  await withHost(context, async ({ local }) => {
    done.push(await rotateKey(local, given.which, claimOf(given, context)));
    return EXIT.done;
  });
  return withHost(context, async (host) => {
    for (const exchange of done) await recordExchange(host.local, exchange);
    await anchorAudit(host);
    const words = done.map((exchange) => exchange.words).join('; ');
    context.output.answer({ key: given.which, words }, () => words);
    return EXIT.done;
  });
});

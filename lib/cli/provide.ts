import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import { awaitingValue, provideValue } from '../local/provide-value.ts';
import { actorShape, claimOf } from './claim.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';
import { readFields } from './read-fields.ts';
import { named } from './selection.ts';
import { driveOn } from './voting.ts';

const options = z.object({ secret: z.string(), ...actorShape });
const instructed = z.looseObject({ issuer: z.looseObject({ instructions: z.string() }) });

/** Takes the value that a rotation waits for, and drives it on. */
export const provide = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const [entry] = named([given.secret], host.config);
    if (entry === undefined) return EXIT.usage;
    const awaiting = await awaitingValue(host.local, entry.id);
    const instructions = instructed.safeParse(entry.target).data?.issuer.instructions;
    if (instructions !== undefined) context.output.note(instructions);
    const value = Secret.of(await readFields(context, entry, host.catalog));
    await provideValue(host.local, awaiting, value, claimOf(given, context));
    return driveOn(context, host, awaiting.record.rotationId);
  }),
);

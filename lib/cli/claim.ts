import { userInfo } from 'node:os';
import { z } from 'zod';
import type { Claim } from '../local/identity.ts';
import type { Context } from './command.ts';

/** The options of `ACTOR`, for a command's schema. */
export const actorShape = { as: z.string().optional(), key: z.string().optional() };

/** Who acts: by options, else by the environment. */
export function claimOf({ as, key }: { as?: string | undefined; key?: string | undefined }, context: Context): Claim {
  const { KEYTURN_OPERATOR: operator, KEYTURN_KEY_FILE: file } = context.terminal.env;
  return { as: as ?? operator, keyFile: key ?? file };
}

/** The name under which somebody acts. */
export const nameOfClaim = ({ as }: Claim): string => as ?? userInfo().username;

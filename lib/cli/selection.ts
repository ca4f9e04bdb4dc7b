import { z } from 'zod';
import { isDue } from '../core/age-for.ts';
import { type Config, EXTERNAL, type SecretEntry } from '../core/config.ts';
import { RotationError } from '../core/errors.ts';
import type { StepDeps } from '../core/step.ts';
import { UsageError } from './command.ts';

/** How a command names the secrets that it is about. */
export const selectionShape = {
  secret: z.array(z.string()).default([]),
  all: z.boolean().default(false),
  environment: z.string().optional(),
  type: z.string().optional(),
  due: z.boolean().default(false),
};
export type Selection = z.output<z.ZodObject<typeof selectionShape>>;

const isFilter = ({ environment, type, due }: Selection) => environment !== undefined || type !== undefined || due;

/** How many of the ways to select were used: named secrets, all, or a filter. */
const waysUsed = (selection: Selection): number =>
  [selection.secret.length > 0, selection.all, isFilter(selection)].filter(Boolean).length;

/**
 * The entries that a selection means, in the order of the configuration. A filter passes over secrets that have no
 * rotation of their own; naming one is left to fail where it is rotated.
 *
 * @throws UsageError unless exactly one way to select was used; SecretUnknown
 */
export async function select(selection: Selection, deps: StepDeps): Promise<SecretEntry[]> {
  const ways = waysUsed(selection);
  if (ways === 0)
    throw new UsageError('nothing is selected: name secrets, or give --environment, --type, --due or --all');
  if (ways > 1)
    throw new UsageError(
      'give either names, or --all, or a filter (--environment, --type, --due); not several of them',
    );
  if (selection.secret.length > 0) return named(selection.secret, deps.config);
  const { environment, type, due } = selection;
  const fitting = [...deps.config.secrets.values()]
    .filter((entry) => entry.type !== EXTERNAL)
    .filter((entry) => environment === undefined || entry.environment === environment)
    .filter((entry) => type === undefined || entry.type === type);
  if (!due) return fitting;
  const wanted = await Promise.all(fitting.map((entry) => isDue(entry, deps)));
  return fitting.filter((_, index) => wanted[index]);
}

/** @throws SecretUnknown */
export function named(ids: readonly string[], config: Config): SecretEntry[] {
  return [...new Set(ids)].map((id) => {
    const entry = config.secrets.get(id);
    if (entry !== undefined) return entry;
    throw new RotationError('SecretUnknown', {
      subject: id,
      detail: `there are ${[...config.secrets.keys()].join(', ')}`,
    });
  });
}

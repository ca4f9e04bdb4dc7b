import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Admin } from './admin.ts';
import { addressOf } from './node.ts';
import { OK } from './replies.ts';

const WAYS = {
  'acl-file': { command: ['ACL', 'SAVE'], what: 'the ACL file' },
  'config-file': { command: ['CONFIG', 'REWRITE'], what: 'the configuration file' },
} as const;

/** The command by which a node keeps its users; undefined when it has neither file. */
export const saveCommand = ({ saves }: Admin): readonly string[] | undefined => saves && WAYS[saves].command;

/**
 * Has a node write its users to its file, so that a restart does not bring back the ones before. What others changed there
 * without saving it is saved with them.
 *
 * @throws StorageFailed when the server cannot write it
 */
export async function save(admin: Admin): Promise<void> {
  if (admin.saves === undefined) return;
  const { command, what } = WAYS[admin.saves];
  try {
    await admin.change(OK, ...command);
  } catch (error) {
    if (!isRotationError(error, 'InternalError')) throw error;
    const detail = `${command.join(' ')} fails: the log of the server says why`;
    throw new RotationError('StorageFailed', { subject: `${what} of ${addressOf(admin.node)}`, detail });
  }
}

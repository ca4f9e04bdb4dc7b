import type { ConsumerEntry, SecretEntry } from './config.ts';
import { RotationError } from './errors.ts';

/** @throws ConfigInvalid for a consumer that the configuration no longer names */
export function consumerOf(entry: SecretEntry, name: string): ConsumerEntry {
  const consumer = entry.consumers.find((candidate) => candidate.name === name);
  if (consumer === undefined)
    throw new RotationError('ConfigInvalid', {
      subject: `consumer ${name} of ${entry.id}`,
      detail: 'it is no longer in the configuration',
    });
  return consumer;
}

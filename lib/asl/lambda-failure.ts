import { StateFailure } from './errors.ts';

/**
 * The failure that an error thrown by the host amounts to: what Lambda reports. The stack stays here, since it tells
 * of this machine.
 */
export function failureOf(error: unknown, requestId: () => string): Pick<StateFailure, 'error' | 'cause'> {
  if (error instanceof StateFailure) return error;
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const cause = { errorMessage: message, errorType: name, requestId: requestId(), stackTrace: [] };
  return { error: name, cause: JSON.stringify(cause) };
}

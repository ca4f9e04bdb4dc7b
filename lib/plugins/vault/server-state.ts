import { isRotationError } from '../../core/errors.ts';
import type { Wire } from './transport.ts';

/** What the server's health endpoint says by its status; any other is an active server's. */
const STATES: Readonly<Record<number, string>> = {
  429: 'a standby',
  472: 'a secondary for disaster recovery',
  473: 'a performance standby',
  501: 'not initialized',
  503: 'sealed',
};

/** Why the server does not serve, in a word: asked without a token. Undefined when it is active or does not say. */
export async function serverState({ address, fetch, ca, timeoutMs }: Wire): Promise<string | undefined> {
  try {
    const trusted = ca();
    const { status } = await fetch(`${address}/v1/sys/health`, { timeoutMs, ...(trusted && { ca: trusted }) });
    return STATES[status];
  } catch (error) {
    if (isRotationError(error)) return undefined;
    throw error;
  }
}

import type { SecretTypeClient } from '../../lib/core/ports.ts';

const notAsked = (method: string) => async () => {
  throw new Error(`the target is not asked to ${method}`);
};

/** A secret type's client that answers only what a test gives it, and fails for all else. */
export const stubTarget = (answers: Partial<SecretTypeClient> = {}): SecretTypeClient => ({
  generate: notAsked('generate'),
  prepare: notAsked('prepare'),
  install: notAsked('install'),
  uninstall: notAsked('uninstall'),
  probe: notAsked('probe'),
  quiet: notAsked('quiet'),
  retire: notAsked('retire'),
  sessions: notAsked('sessions'),
  ...answers,
});

import { definePlugin } from '../../core/plugin.ts';
import { localCaClient } from '../local-ca/client.ts';
import { localCaSettings } from '../local-ca/settings.ts';

/** An intermediate under an offline root, for estates without a CA of their own: key, serials and revocation list are files. */
export const localCa = definePlugin({
  name: 'local-ca',
  summary: 'A certificate authority of its own: an intermediate under an offline root',
  config: localCaSettings,
  create: localCaClient,
});

import { definePlugin } from '../../core/plugin.ts';
import { httpIssuerClient } from '../http-issuer/client.ts';
import { httpIssuerConfig } from '../http-issuer/settings.ts';

/** Any HTTP API that makes and revokes tokens: its requests are described in the configuration. */
export const http = definePlugin({
  name: 'http',
  summary: 'An HTTP API whose requests the configuration describes',
  config: httpIssuerConfig,
  create: httpIssuerClient,
});

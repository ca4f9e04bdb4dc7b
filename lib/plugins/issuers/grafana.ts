import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { secretUrl } from '../../core/http-target.ts';
import { definePlugin } from '../../core/plugin.ts';
import { secretReference } from '../../core/references.ts';
import { httpIssuerClient } from '../http-issuer/client.ts';
import { type HttpIssuerSettings, httpIssuerSettings } from '../http-issuer/settings.ts';

const config = z.strictObject({
  use: z.literal('grafana'),
  /** Where Grafana is, with its sub-path where it has one. */
  url: secretUrl,
  caFile: z.string().min(1).optional(),
  /** Field `token`: of a service account that may write the tokens of the other (serviceaccounts:write and :read). */
  admin: secretReference,
  /** Its number, as in the address of its page. */
  serviceAccount: z.int().positive(),
  /** How long a token lives, where it ends by itself; more than the maximum age of the secret's class. */
  life: duration.optional(),
  /** Newer versions write the last use of a token down every five minutes at most. */
  lastUsedLag: duration.prefault('5m'),
  /** A path that the token may read. */
  probePath: z
    .string()
    .regex(/^\/api\/[\w/.-]+$/, 'expected a path below /api/')
    .default('/api/org'),
  timeoutSeconds: z.int().min(1).max(60).default(10),
});

/** The service-account tokens API as a description for the declarative issuer. */
function described({ serviceAccount, life, probePath, lastUsedLag, ...connection }: z.output<typeof config>) {
  const tokens = `/api/serviceaccounts/${serviceAccount}/tokens`;
  const secondsToLive = life === undefined ? {} : { secondsToLive: life };
  return httpIssuerSettings.parse({
    ...connection,
    use: 'http',
    headers: { Authorization: 'Bearer {admin.token}' },
    issue: { path: tokens, body: { name: '{name}', ...secondsToLive }, id: '/id', token: '/key' },
    list: { path: tokens, items: '', id: '/id', name: '/name', lastUsed: '/lastUsedAt' },
    revoke: { path: `${tokens}/{id}` },
    lastUsedLag: `${lastUsedLag}s`,
    missingIsNever: true,
    // A token that may not read the path is known all the same.
    probe: {
      path: probePath,
      headers: { Authorization: 'Bearer {token}' },
      accepted: [200, 403],
      refused: [401],
    },
  }) satisfies HttpIssuerSettings;
}

/** Tokens of a Grafana service account, version 9.1 or newer. */
export const grafana = definePlugin({
  name: 'grafana',
  summary: 'Grafana: tokens of a service account',
  config,
  create: (settings, deps) => httpIssuerClient(described(settings), deps),
});

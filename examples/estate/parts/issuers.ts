import { z } from 'zod';
import { Secret } from '../../../lib/core/secret.ts';
import { grafanaApi } from '../../../test/support/grafana-api.ts';
import { keysApi } from '../../../test/support/keys-api.ts';
import { type Api, startTokenServer } from '../../../test/support/token-server.ts';
import type { Part } from '../part.ts';

interface Issued {
  readonly secretId: string;
  readonly adminId: string;
  readonly api: Api;
  /** As keyturn.yaml names it. */
  readonly port: number;
  readonly service: { readonly name: string; readonly port: number };
  /** The call that makes the first credential, and where its id and token are in the answer. */
  readonly make: { readonly path: string; read(answer: Record<string, unknown>): Record<string, string> };
}

/** A service that has credentials of its own: neither can be had here, so that a server speaks what the real one publishes. */
const issued =
  ({ secretId, adminId, api, port, service, make }: Issued) =>
  async (): Promise<Part> => {
    const server = await startTokenServer(api, Date.now);
    const reply = await fetch(`${server.origin}${make.path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.admin}` },
      body: JSON.stringify({ name: 'by hand' }),
    });
    const first = Secret.of(make.read(z.looseObject({}).parse(await reply.json())));
    const use = `${server.origin}${api.usePath}`;
    return {
      ports: { [port]: Number(new URL(server.origin).port) },
      first: { [secretId]: first, [adminId]: Secret.of({ token: server.admin }) },
      services: [
        { ...service, secretId, kind: 'bearer', env: { API_URL: use, API_TOKEN: first.field('token') ?? '' } },
      ],
      looksAt: [secretId],
      look: async (_, value) => {
        const { status } = await fetch(use, { headers: { Authorization: `Bearer ${value.field('token')}` } });
        return status === 200 ? 'accepted' : 'refused';
      },
      stop: () => server.close(),
    };
  };

/** The organisation's own API. */
export const apiKeys = issued({
  secretId: 'production/api-keys/partner',
  adminId: 'production/api-keys/admin',
  api: keysApi,
  port: 47_010,
  service: { name: 'partner', port: 47_011 },
  make: { path: '/v1/keys', read: ({ id, token }) => ({ id: String(id), token: String(token) }) },
});

export const grafana = issued({
  secretId: 'production/external/grafana',
  adminId: 'production/external/grafana-admin',
  api: grafanaApi,
  port: 47_020,
  service: { name: 'dashboards', port: 47_021 },
  make: { path: '/api/serviceaccounts/2/tokens', read: ({ id, key }) => ({ id: String(id), token: String(key) }) },
});

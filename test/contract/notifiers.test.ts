import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Notice, OCCASIONS } from '../../lib/core/notices.ts';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { notifiers } from '../../lib/plugins/notifiers/index.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { startRecorder } from '../support/http-server.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const secret = 'production/external/channel';
/** A path that is a secret, as it stands in a URL. */
const PATH = encodeURIComponent(CANARY);

interface Channel {
  readonly config: object;
  /** The channel's own credential. */
  readonly credential: Secret;
}

type Harness = (origin: string) => Channel;

const HARNESSES: Readonly<Record<string, Harness>> = {
  console: () => ({ config: { use: 'console' }, credential: Secret.of({}) }),
  slack: (origin) => ({
    config: { use: 'slack', webhook: { secret } },
    credential: Secret.of({ url: `${origin}/services/${PATH}` }),
  }),
  webhook: (origin) => ({
    config: { use: 'webhook', url: `${origin}/notices`, secret: { secret } },
    credential: Secret.of({ key: CANARY }),
  }),
};

const notice: Notice = {
  occasion: 'failed',
  secretId: 'production/database/orders',
  rotationId: 'r-abc',
  classification: 'HIGH',
  at: '2026-01-01T00:00:00.000Z',
  headline: 'orders: rolled back',
  facts: [['consumer', 'orders-api']],
};

let stop: (() => Promise<void>) | undefined;
afterEach(async () => stop?.());

describe.each(notifiers.map((plugin) => [plugin.name, plugin] as const))('notifier %s', (name, plugin) => {
  const harness = HARNESSES[name];
  if (!harness) throw new Error(`notifier ${name} has no harness in this file: add one`);
  let log = captureLog();
  beforeEach(() => {
    log = captureLog();
  });

  const open = async (answer: { status: number; body: string }) => {
    const server = await startRecorder(answer);
    stop = server.close;
    const { config, credential } = harness(server.origin);
    const overrides: Partial<PluginDeps> = { log, fetch: guardedFetch(), credential: async () => credential };
    return {
      client: await plugin.create(config, pluginDeps(overrides)),
      server,
      usesNetwork: credential.names().length > 0,
    };
  };

  it.each(OCCASIONS)('tells %s, the secret, the rotation and the facts', async (occasion) => {
    const { client, server } = await open({ status: 200, body: 'ok' });
    await client.send({ ...notice, occasion });
    const said = server.requests.map(({ body }) => body).join() + log.text();
    for (const part of [occasion, notice.secretId, notice.rotationId, notice.headline, 'orders-api']) {
      expect(said).toContain(part);
    }
  });

  it('is at home with hostile text', async () => {
    const { client } = await open({ status: 200, body: 'ok' });
    const hostile = '<!channel> <https://evil.test|click> `x` \u0000\n$(id) "\'; DROP';
    await client.send({
      ...notice,
      headline: hostile,
      secretId: hostile,
      facts: [
        [hostile, hostile],
        ['', ''],
      ],
    });
  });

  it.each([
    [403, 'AccessDenied'],
    [503, 'Unavailable'],
  ])('names a channel that answers %i, and repeats nothing of it', async (status, expected) => {
    const { client, usesNetwork } = await open({ status, body: CANARY });
    const error = await client.send(notice).catch((failure: unknown) => failure);
    expect(error).toEqual(usesNetwork ? expect.objectContaining({ name: expected }) : undefined);
    assertNoLeak(inspect(error, { depth: 9, showHidden: true }) + log.text(), CANARY, `notifier ${name}`);
  });

  it('leaks nothing of its own credential', async () => {
    const { client, server, usesNetwork } = await open({ status: 200, body: CANARY });
    const results: unknown[] = [await client.send(notice), client];
    await server.close();
    stop = undefined;
    results.push(await client.send(notice).catch((failure: unknown) => failure));
    expect(results[2] instanceof Error).toBe(usesNetwork);
    const sent = server.requests.map(({ body, headers }) => body + JSON.stringify(headers)).join();
    assertNoLeak(inspect(results, { depth: 9, showHidden: true }) + log.text() + sent, CANARY, `notifier ${name}`);
  });
});

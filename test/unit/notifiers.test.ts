import { createHmac, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { FetchInit } from '../../lib/core/fetch.ts';
import type { Notice } from '../../lib/core/notices.ts';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { slackMessage } from '../../lib/plugins/channels/slack-message.ts';
import { consoleNotifier } from '../../lib/plugins/notifiers/console.ts';
import { slack } from '../../lib/plugins/notifiers/slack.ts';
import { webhook } from '../../lib/plugins/notifiers/webhook.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { captureLog } from '../support/leak.ts';
import { pluginDeps, skippingClock } from '../support/plugin-deps.ts';

const notice: Notice = {
  occasion: 'committed',
  secretId: 'production/database/orders',
  rotationId: 'r-abc',
  classification: 'HIGH',
  at: '2026-01-01T00:00:00.000Z',
  headline: 'orders: rotated',
  facts: [['consumer', 'orders-api']],
};

const reference = { secret: 'production/external/channel' };

/** A transport that gives these statuses in turn. */
function transport(...replies: { status: number; retryAfter?: string }[]) {
  const calls: { url: string; init: FetchInit | undefined }[] = [];
  const fetch: PluginDeps['fetch'] = async (url, init) => {
    const reply = replies[Math.min(calls.length, replies.length - 1)];
    calls.push({ url, init });
    return {
      status: reply?.status ?? 200,
      header: (name) => (name === 'retry-after' ? reply?.retryAfter : undefined),
      text: async () => 'ok',
    };
  };
  return { fetch, calls };
}

describe('slack', () => {
  const url = 'https://hooks.slack.test/services/T0/B0/SECRET';
  const open = (overrides: Partial<PluginDeps>, value = Secret.of({ url })) =>
    slack.create({ use: 'slack', webhook: reference }, pluginDeps({ credential: async () => value, ...overrides }));

  it('posts through the guarded transport, to the URL of the secret', async () => {
    const { fetch, calls } = transport({ status: 200 });
    await (await open({ fetch })).send(notice);
    await (await open({ fetch }, Secret.of({ value: url }))).send(notice);
    expect(calls.map((call) => [call.url, call.init?.method])).toEqual([
      [url, 'POST'],
      [url, 'POST'],
    ]);
    expect(JSON.parse(calls[0]?.init?.body ?? '')).toEqual(slackMessage(notice));
  });

  it('waits as long as Slack asks, then tries again', async () => {
    const { fetch, calls } = transport({ status: 429, retryAfter: '7' }, { status: 429 }, { status: 200 });
    const clock = skippingClock(0);
    await (await open({ fetch, clock })).send(notice);
    expect([calls.length, clock.now()]).toEqual([3, 8000]);
  });

  it.each([
    ['keeps asking', '1', 4, 3000],
    ['asks for an hour', '3600', 1, 0],
    ['asks for nonsense', 'soon', 1, 0],
  ])('gives up on a Slack that %s', async (_what, retryAfter, tries, waited) => {
    const { fetch, calls } = transport({ status: 429, retryAfter });
    const clock = skippingClock(0);
    await expect((await open({ fetch, clock })).send(notice)).rejects.toMatchObject({ name: 'Throttled' });
    expect([calls.length, clock.now()]).toEqual([tries, waited]);
  });

  it.each([
    'not a url SECRET',
    'https://user:SECRET@hooks.slack.test/',
    'https://127.0.0.1:1/SECRET',
    'gopher://SECRET',
  ])('shows nothing of a URL that does not work: %s', async (broken) => {
    const client = await open({ fetch: guardedFetch() }, Secret.of({ url: broken }));
    const error = await client.send(notice).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: expect.stringMatching(/ConfigInvalid|Unavailable/) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET');
  });

  it('says which field the secret lacks', async () => {
    const client = await open({}, Secret.of({ password: 'x' }));
    const failure = { name: 'ReferenceMissing', message: expect.stringContaining('url or value') };
    await expect(client.send(notice)).rejects.toMatchObject(failure);
  });
});

describe('a Slack message', () => {
  const hostile = {
    ...notice,
    headline: 'a `b` <!channel>',
    facts: [['<@U1>', 'https://evil.test/approve?x=<1>\n`y`']] as const,
  };

  it('turns nothing from outside into a link, a mention or the end of code', () => {
    const text = JSON.stringify(slackMessage(hostile));
    expect(text).not.toMatch(/<[^>]*>/);
    expect(text).toContain('*&lt;@U1&gt;*\\n`https://evil.test/approve?x=&lt;1&gt; y`');
    expect(text).toContain('`a b &lt;!channel&gt;`');
  });

  it('has nothing to press and no preview that would fetch a link', () => {
    const message = slackMessage(hostile);
    expect(message).toMatchObject({ unfurl_links: false, unfurl_media: false });
    expect(JSON.stringify(message)).not.toMatch(/"(button|url|actions|accessory)"/);
  });

  it('stays within the limits of Slack', () => {
    const long = '&'.repeat(10_000);
    const message = slackMessage({ ...notice, headline: long, facts: Array.from({ length: 999 }, () => [long, long]) });
    const blocks = z.array(
      z.object({
        text: z.object({ text: z.string() }).optional(),
        fields: z.array(z.object({ text: z.string() })).optional(),
      }),
    );
    const parsed = blocks.parse(message.blocks);
    expect(parsed.length).toBeLessThanOrEqual(50);
    for (const { text, fields = [] } of parsed) {
      expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
      expect(fields.length).toBeLessThanOrEqual(10);
      for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000);
    }
  });
});

describe('webhook', () => {
  const key = 'shared key';
  const send = async (fetch: PluginDeps['fetch'], now = 1_700_000_000_999) => {
    const deps = pluginDeps({ fetch, clock: skippingClock(now), credential: async () => Secret.of({ key }) });
    const config = { use: 'webhook', url: 'https://receiver.test/notices', secret: reference };
    await (await webhook.create(config, deps)).send(notice);
  };

  /** What a receiver does. */
  function verifies({ headers = {}, body = '' }: FetchInit, now: number): boolean {
    const timestamp = headers['Keyturn-Timestamp'] ?? '';
    const expected = Buffer.from(`v1=${createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')}`);
    const signature = Buffer.from(headers['Keyturn-Signature'] ?? '');
    const fresh = Math.abs(now / 1000 - Number(timestamp)) <= 300;
    return fresh && signature.length === expected.length && timingSafeEqual(signature, expected);
  }

  it('signs what a receiver can verify, and nothing else verifies', async () => {
    const { fetch, calls } = transport({ status: 204 });
    await send(fetch);
    const sent = calls[0]?.init ?? {};
    const now = 1_700_000_000_999;
    expect(JSON.parse(sent.body ?? '')).toEqual(notice);
    expect(verifies(sent, now)).toBe(true);
    expect(verifies({ ...sent, body: `${sent.body} ` }, now)).toBe(false);
    expect(verifies({ ...sent, headers: { ...sent.headers, 'Keyturn-Timestamp': '1700000001' } }, now)).toBe(false);
    expect(verifies(sent, now + 400_000)).toBe(false);
  });

  it('gives the same notice the same key, whenever it is sent', async () => {
    const { fetch, calls } = transport({ status: 200 });
    await send(fetch);
    await send(fetch, 1_800_000_000_000);
    const keys = calls.map(({ init }) => init?.headers?.['Idempotency-Key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
  });
});

describe('console', () => {
  it.each([
    ['committed', 'info'],
    ['failed', 'warn'],
  ] as const)('writes %s as %s', async (occasion, level) => {
    const log = captureLog();
    await (await consoleNotifier.create({ use: 'console' }, pluginDeps({ log }))).send({ ...notice, occasion });
    const line = { level, message: 'orders: rotated (consumer: orders-api)', occasion, secretId: notice.secretId };
    expect(log.lines.map((text) => JSON.parse(text))).toEqual([expect.objectContaining(line)]);
  });
});

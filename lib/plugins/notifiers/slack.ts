import { z } from 'zod';
import { errorCode, isRotationError, RotationError } from '../../core/errors.ts';
import type { FetchInit, FetchResponse } from '../../core/fetch.ts';
import { httpFailure } from '../../core/http-failure.ts';
import type { NotifierClient } from '../../core/notices.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { secretReference } from '../../core/references.ts';
import { channelCredential } from '../channels/channel-credential.ts';

const TRIES = 4;
const LONGEST_WAIT_S = 30;

const config = z.strictObject({
  use: z.literal('slack'),
  /** Field `url` or `value`: the incoming webhook's URL, which is a secret. */
  webhook: secretReference,
  timeoutSeconds: z.int().min(1).max(60).default(10),
});

/** Posts a message to a Slack channel. Neither it nor an error of it ever shows the webhook's URL. */
export const slack = definePlugin({
  name: 'slack',
  summary: 'A message in a Slack channel',
  config,
  create: async (options, deps): Promise<NotifierClient> => {
    const { IncomingWebhook } = await import('@slack/webhook');
    const { slackMessage } = await import('../channels/slack-message.ts');
    const subject = `Slack webhook ${options.webhook.secret}`;
    return {
      send: async (notice) => {
        const url = await channelCredential(deps, options.webhook, ['url', 'value']);
        const fetch = slackFetch(deps, subject, options.timeoutSeconds * 1000);
        await new IncomingWebhook(url, { fetch }).send(slackMessage(notice)).catch((error: unknown) => {
          throw withoutUrl(error, subject);
        });
      },
    };
  },
});

type SlackFetch = NonNullable<
  NonNullable<ConstructorParameters<typeof import('@slack/webhook').IncomingWebhook>[1]>['fetch']
>;

/** Slack's client over the guarded transport. It retries nothing itself: a 429 is waited out here, a bounded number of times. */
function slackFetch(deps: PluginDeps, subject: string, timeoutMs: number): SlackFetch {
  return async (url, { method = 'POST', headers = {}, body } = {}) => {
    const init = { method, headers, timeoutMs, ...(typeof body === 'string' && { body }) };
    const reply = await postPatiently(deps, String(url), init);
    if (reply.status < 200 || reply.status > 299) throw httpFailure(subject, reply.status, 'AccessDenied');
    const text = () => reply.text();
    return {
      ok: true,
      status: reply.status,
      statusText: '',
      url: '',
      headers: { get: (name) => reply.header(name) ?? null, entries: () => [] },
      text,
      json: async (): Promise<unknown> => JSON.parse(await text()),
      arrayBuffer: async () => new TextEncoder().encode(await text()).buffer,
    };
  };
}

async function postPatiently({ fetch, clock }: PluginDeps, url: string, init: FetchInit): Promise<FetchResponse> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await fetch(url, init);
    const wait = Number(reply.header('retry-after') ?? '1');
    if (reply.status !== 429 || attempt === TRIES || !(wait <= LONGEST_WAIT_S)) return reply;
    await clock.sleep(Math.max(wait, 1) * 1000);
  }
}

/** Slack's client wraps what its transport throws, and quotes it. */
function withoutUrl(error: unknown, subject: string): RotationError {
  const original = error instanceof Error && 'original' in error ? error.original : error;
  if (isRotationError(original)) return original;
  return new RotationError('Unavailable', { subject, code: errorCode(error) ?? 'unknown' });
}

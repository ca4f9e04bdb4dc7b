import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { httpFailure } from '../../core/http-failure.ts';
import { httpTarget } from '../../core/http-target.ts';
import type { Notice, NotifierClient } from '../../core/notices.ts';
import { definePlugin } from '../../core/plugin.ts';
import { secretReference } from '../../core/references.ts';
import { channelCredential } from '../channels/channel-credential.ts';

const config = z.strictObject({
  use: z.literal('webhook'),
  ...httpTarget,
  /** Field `key` or `value`: what the signature is made with. */
  secret: secretReference,
});

/**
 * Posts a notice as JSON, signed. A receiver takes `Keyturn-Timestamp` (epoch seconds) and the body as received, computes
 * HMAC-SHA256 of `<timestamp>.<body>` with the shared key, and compares `v1=<hex>` with `Keyturn-Signature` in constant
 * time; it refuses a timestamp older than five minutes, and an `Idempotency-Key` that it has seen already.
 */
export const webhook = definePlugin({
  name: 'webhook',
  summary: 'A signed HTTP request with the notice as JSON',
  config,
  capabilities: ['signs'],
  create: (options, deps): NotifierClient => ({
    send: async (notice) => {
      const { url, secret, timeoutSeconds } = options;
      const key = await channelCredential(deps, secret, ['key', 'value']);
      const body = JSON.stringify(notice);
      const headers = { ...options.headers, ...signedHeaders(key, body, deps.clock.now()), ...idempotency(notice) };
      const { status } = await deps.fetch(url, { method: 'POST', headers, body, timeoutMs: timeoutSeconds * 1000 });
      if (status < 200 || status > 299) throw httpFailure(`webhook ${new URL(url).host}`, status, 'AccessDenied');
    },
  }),
});

function signedHeaders(key: string, body: string, now: number): Record<string, string> {
  const timestamp = Math.floor(now / 1000).toString();
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return {
    'Content-Type': 'application/json',
    'Keyturn-Timestamp': timestamp,
    'Keyturn-Signature': `v1=${signature}`,
  };
}

/** The same notice has the same key, however often it is sent. */
function idempotency({ rotationId, occasion, at }: Notice): Record<string, string> {
  const identity = JSON.stringify([rotationId, occasion, at]);
  return { 'Idempotency-Key': createHash('sha256').update(identity).digest('hex').slice(0, 32) };
}

import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { httpFailure } from '../../core/http-failure.ts';
import { httpTarget, httpUrl, shownUrl } from '../../core/http-target.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, RestarterClient, RestartRequest, RestartStatus } from '../../core/ports.ts';

const config = z.strictObject({
  use: z.literal('http-reload'),
  ...httpTarget,
  method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
  /** The status codes that mean yes; 200 to 299 when absent. */
  expect: z.array(z.int().min(100).max(599)).min(1).optional(),
  /** Polled until it answers yes; without it the reload is over when its request is answered. */
  statusUrl: httpUrl.optional(),
});
type Config = z.output<typeof config>;

/** Asks the consumer over HTTP to read its credential again; `Idempotency-Key` is the rotation, so that asking twice is harmless. */
export const httpReload = definePlugin({
  name: 'http-reload',
  summary: 'An HTTP request that makes the consumer read its credential again',
  config,
  capabilities: ['polls-rollout'],
  create: (options, deps): RestarterClient => ({
    restart: (request) => reload(options, deps, request),
    status: (request) => poll(options, deps, request),
    undo: (request) => reload(options, deps, request),
  }),
});

async function reload(options: Config, { fetch }: PluginDeps, request: RestartRequest): Promise<'applied'> {
  const { url, method, timeoutSeconds } = options;
  const headers = {
    ...options.headers,
    'Idempotency-Key': request.rotationId,
    'Keyturn-Secret': request.secretId,
    'Keyturn-Version': request.version,
  };
  const { status } = await fetch(url, { method, headers, timeoutMs: timeoutSeconds * 1000 });
  if (meansYes(options, status)) return 'applied';
  throw httpFailure(`consumer ${request.consumer}, ${method} ${shownUrl(url)}`, status, 'RolloutFailed');
}

async function poll(options: Config, { fetch }: PluginDeps, { consumer }: RestartRequest): Promise<RestartStatus> {
  const { statusUrl, headers, timeoutSeconds } = options;
  if (statusUrl === undefined) return { state: 'healthy', why: 'the reload was accepted' };
  try {
    const { status } = await fetch(statusUrl, { headers, timeoutMs: timeoutSeconds * 1000 });
    const why = `${shownUrl(statusUrl)} answers ${status}`;
    if (meansYes(options, status)) return { state: 'healthy', why };
    const failure = httpFailure(`consumer ${consumer}`, status, 'RolloutFailed');
    return { state: failure.retryable ? 'pending' : 'failed', why };
  } catch (error) {
    if (!isRotationError(error, 'Unavailable')) throw error;
    return { state: 'pending', why: `${shownUrl(statusUrl)} cannot be reached (${error.code ?? error.name})` };
  }
}

function meansYes({ expect }: Config, status: number): boolean {
  return expect ? expect.includes(status) : status >= 200 && status < 300;
}

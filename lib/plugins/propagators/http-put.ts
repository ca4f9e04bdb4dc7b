import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { httpFailure } from '../../core/http-failure.ts';
import { httpTarget, secretUrl, shownUrl } from '../../core/http-target.ts';
import { jsonText } from '../../core/json-text.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, PropagatorClient, PutRequest } from '../../core/ports.ts';
import { versionId } from '../../core/rotation.ts';
import { renderTemplate } from '../../core/template.ts';
import { filledHeaders, secretHeaders } from '../channels/secret-headers.ts';
import { jsonPointer, pointedAt } from '../http-issuer/json-pointer.ts';

const config = z.strictObject({
  use: z.literal('http-put'),
  ...httpTarget,
  url: secretUrl,
  method: z.enum(['PUT', 'POST', 'PATCH']).default('PUT'),
  /** The body, e.g. `{"password":"{password:json}"}`. */
  template: z.string().min(1),
  contentType: z.string().min(1).default('application/json'),
  /** Headers that carry a credential, which is read at the moment of use. */
  secretHeaders,
  /** Where the reply to GET has the version id; `{secretId}` stands for the secret's. Without it nothing is read back. */
  versionPointer: jsonPointer.optional(),
  /** What is read back, where that is another URL. */
  versionUrl: secretUrl.optional(),
});
type Config = z.output<typeof config>;

/** Sends the value to a URL. The same version is sent once where the receiver can say which it has, and else each time. */
export const httpPut = definePlugin({
  name: 'http-put',
  summary: 'An HTTP request that carries the value in its body',
  config,
  create: (options, deps): PropagatorClient => ({
    put: async (request) => {
      if ((await versionAt(options, deps, request.secretId)) === request.version) return 'not-applied';
      await send(options, deps, request);
      await readBack(options, deps, request);
      return 'applied';
    },
    current: (secretId) => versionAt(options, deps, secretId),
  }),
});

async function send(options: Config, deps: PluginDeps, { secretId, version, values }: PutRequest): Promise<void> {
  const { url, method, template, contentType, timeoutSeconds } = options;
  const body = renderTemplate(template, { ...values.reveal(), version });
  const headers = {
    'Content-Type': contentType,
    'Keyturn-Secret': secretId,
    'Keyturn-Version': version,
    ...(await filledHeaders(options, deps)),
  };
  const { status } = await deps.fetch(url, { method, headers, body, timeoutMs: timeoutSeconds * 1000 });
  if (status < 200 || status > 299) throw httpFailure(`${method} ${shownUrl(url)}`, status, 'ConfigInvalid');
}

async function readBack(options: Config, deps: PluginDeps, { secretId, version }: PutRequest): Promise<void> {
  if (options.versionPointer === undefined) return;
  if ((await versionAt(options, deps, secretId)) === version) return;
  const detail = `it took the value and does not show version ${version}`;
  throw new RotationError('Unavailable', { subject: shownUrl(options.versionUrl ?? options.url), detail });
}

/** Undefined where nothing is to be read back, there is nothing yet, or what stands there is no version id. */
async function versionAt(options: Config, deps: PluginDeps, secretId: string): Promise<string | undefined> {
  const { versionPointer, versionUrl = options.url, timeoutSeconds } = options;
  if (versionPointer === undefined) return undefined;
  const headers = { Accept: 'application/json', ...(await filledHeaders(options, deps)) };
  const reply = await deps.fetch(versionUrl, { headers, timeoutMs: timeoutSeconds * 1000 });
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw httpFailure(`GET ${shownUrl(versionUrl)}`, reply.status, 'ConfigInvalid');
  const pointer = versionPointer.replaceAll('{secretId}', secretId.replaceAll('~', '~0').replaceAll('/', '~1'));
  return versionId.safeParse(pointedAt(jsonText.safeParse(await reply.text()).data, pointer)).data;
}

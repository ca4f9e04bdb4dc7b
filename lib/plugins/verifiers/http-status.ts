import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { httpTarget, secretUrl, shownUrl } from '../../core/http-target.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { renderTemplate } from '../../core/template.ts';

const statuses = (...usual: number[]) => z.array(z.int().min(200).max(599)).min(1).default(usual);

const config = z.strictObject({
  use: z.literal('http-status'),
  ...httpTarget,
  url: secretUrl,
  /** Headers that carry the credential: templates over the fields of the value, e.g. `Authorization: "Bearer {token}"`. */
  send: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header'), z.string()),
  accepted: statuses(200, 204),
  refused: statuses(401, 403),
});
type Config = z.output<typeof config>;

/** Uses the new credential at a URL: proof that it is accepted there, not that a consumer uses it. */
export const httpStatus = definePlugin({
  name: 'http-status',
  summary: 'A URL that answers with an expected status when it is asked with the new credential',
  config,
  create: (options, deps): VerifierClient => ({ check: (request) => check(options, deps, request) }),
});

async function check(options: Config, { fetch }: PluginDeps, { expected }: VerifyRequest): Promise<Verdict> {
  const { url, accepted, refused, timeoutSeconds } = options;
  const fields = expected.value.reveal();
  const carrying = Object.entries(options.send).map(([name, text]) => [name, renderTemplate(text, fields)]);
  const headers = { ...options.headers, ...Object.fromEntries(carrying) };
  const shown = shownUrl(url);
  try {
    const { status } = await fetch(url, { headers, timeoutMs: timeoutSeconds * 1000 });
    if (accepted.includes(status)) return { verdict: 'verified', why: `${shown} accepts it (${status})` };
    const verdict = refused.includes(status) ? 'rejected' : 'inconclusive';
    return { verdict, why: `${shown} answers ${status}` };
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return { verdict: 'inconclusive', why: `${shown} gives no answer (${error.code ?? error.name})` };
  }
}

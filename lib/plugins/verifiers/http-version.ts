import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import type { FetchResponse } from '../../core/fetch.ts';
import { httpTarget, shownUrl } from '../../core/http-target.ts';
import { jsonText } from '../../core/json-text.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { versionId } from '../../core/rotation.ts';

const config = z.strictObject({ use: z.literal('http-version'), ...httpTarget });
type Config = z.output<typeof config>;

const report = jsonText.pipe(z.looseObject({ versions: z.record(z.string(), z.string()) }));

/** Asks the consumer which version it uses: `{"versions": {"<secret id>": "<version id>"}}`. No answer is no proof. */
export const httpVersion = definePlugin({
  name: 'http-version',
  summary: 'A URL at which the consumer reports the version it uses',
  config,
  capabilities: ['reports-version'],
  create: (options, deps): VerifierClient => ({ check: (request) => check(options, deps, request) }),
});

async function check(options: Config, { fetch }: PluginDeps, request: VerifyRequest): Promise<Verdict> {
  const { url, headers, timeoutSeconds } = options;
  try {
    const reply = await fetch(url, {
      headers: { Accept: 'application/json', ...headers },
      timeoutMs: timeoutSeconds * 1000,
    });
    return await judge(shownUrl(url), reply, request);
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return { verdict: 'inconclusive', why: `${shownUrl(url)} gives no answer (${error.code ?? error.name})` };
  }
}

async function judge(url: string, reply: FetchResponse, { secretId, expected }: VerifyRequest): Promise<Verdict> {
  if (reply.status !== 200) return { verdict: 'inconclusive', why: `${url} answers ${reply.status}` };
  const parsed = report.safeParse(await reply.text());
  if (!parsed.success) {
    return {
      verdict: 'inconclusive',
      why: `${url} answers something else than {"versions": {"<secret id>": "<version id>"}}`,
    };
  }
  const { versions } = parsed.data;
  const seen = Object.hasOwn(versions, secretId) ? versions[secretId] : undefined;
  if (seen === undefined) return { verdict: 'rejected', why: `${url} reports no version of ${secretId}` };
  if (seen === expected.version) return { verdict: 'verified', why: `${url} reports ${seen}` };
  // Only what has the form of a version id is repeated: anything else might be a value.
  const shown = versionId.safeParse(seen).success ? seen : 'something that is no version id';
  return { verdict: 'rejected', why: `${url} reports ${shown}, expected ${expected.version}` };
}

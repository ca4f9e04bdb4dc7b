import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { isRotationError } from '../../core/errors.ts';
import { httpTarget, shownUrl } from '../../core/http-target.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { type Jwks, parseJwks } from '../jwt/jwks-document.ts';
import { verifiesWith } from '../jwt/test-token.ts';
import { acceptableIn, isAcceptable, keyOf, type RingKey, ringOf } from '../keyring/ring.ts';

const config = z.strictObject({
  use: z.literal('jwks'),
  ...httpTarget,
  /** How old what the URL shows may be, where a cache stands before it: until then a missing key proves nothing. */
  cacheAge: duration.prefault('0s'),
});
type Config = z.output<typeof config>;

/** Looks at the keys that verifiers see: a token of each key of the ring verifies, and none of one that was retired. */
export const jwks = definePlugin({
  name: 'jwks',
  summary: 'A URL with a JWKS document: tokens of every key of the ring verify with it, those of a retired one do not',
  config,
  requires: ['signing-keys'],
  create: (options, deps): VerifierClient => ({ check: (request) => check(options, deps, request) }),
});

async function check(options: Config, deps: PluginDeps, request: VerifyRequest): Promise<Verdict> {
  const { url, headers, timeoutSeconds } = options;
  const shown = shownUrl(url);
  const inconclusive = (why: string): Verdict => ({ verdict: 'inconclusive', why: `${shown} ${why}` });
  try {
    const timeoutMs = timeoutSeconds * 1000;
    const reply = await deps.fetch(url, { headers: { Accept: 'application/json', ...headers }, timeoutMs });
    if (reply.status !== 200) return inconclusive(`answers ${reply.status}`);
    const document = parseJwks(await reply.text());
    if (document === undefined) return inconclusive('answers something else than a JWK set');
    const wrong = await whatIsWrong(document, request);
    if (wrong === undefined)
      return { verdict: 'verified', why: `${shown} has ${keyOf(ringOf(request.expected.value), 'newest').kid}` };
    const until = (request.installedAt ?? 0) + options.cacheAge * 1000;
    if (deps.clock.now() < until) return inconclusive(`${wrong}, but may be from a cache`);
    return { verdict: 'rejected', why: `${shown} ${wrong}` };
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return inconclusive(`gives no answer (${error.code ?? error.name})`);
  }
}

/** In words that follow the URL; undefined where nothing is. */
async function whatIsWrong(document: Jwks, request: VerifyRequest): Promise<string | undefined> {
  for (const key of acceptableIn(ringOf(request.expected.value)))
    if (!(await verifiesWith(key, document))) return `verifies no token of key ${key.kid}`;
  for (const key of retiredIn(request))
    if (await verifiesWith(key, document)) return `still verifies tokens of key ${key.kid}, which is retired`;
  return undefined;
}

/** Keys that were only accepted by the other version and that the expected one has no more. One that was never in use is proven at the target. */
function retiredIn({ expected, other }: VerifyRequest): RingKey[] {
  const { keys } = ringOf(expected.value);
  const isLeft = (kid: string) => keys.some((key) => key.kid === kid && isAcceptable(key));
  return ringOf(other.value).keys.filter(({ state, kid, material }) => {
    const wasAccepted = state === 'deactivated' || state === 'compromised';
    return wasAccepted && material !== undefined && !isLeft(kid);
  });
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { httpTarget, httpUrl, shownUrl } from '../../core/http-target.ts';
import { jsonText } from '../../core/json-text.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { wrap } from '../encryption/wrapping.ts';
import { acceptableIn, keyOf, type RingKey, ringOf } from '../keyring/ring.ts';

const config = z.strictObject({
  use: z.literal('decrypt-probe'),
  ...httpTarget,
  /** Of the consumer; without it the target is asked. */
  url: httpUrl.optional(),
});
type Config = z.output<typeof config>;

const reply = jsonText.pipe(z.strictObject({ sha256: z.array(z.string().nullable()) }));

/**
 * Has the consumer open probes under each key of the ring, and fail on those of a key that was retired. The probes are
 * random, and it answers with hashes: such an endpoint opens nothing for anybody.
 */
export const decryptProbe = definePlugin({
  name: 'decrypt-probe',
  summary: 'The consumer opens a probe under every key of the ring, and none under a retired one',
  config,
  requires: ['encryption-keys'],
  create: ({ url, ...options }, deps): VerifierClient => ({
    check: (request) => (url === undefined ? askTarget(request) : askConsumer({ ...options, url }, deps, request)),
  }),
});

const PROBE_BYTES = 32;

interface Probe {
  readonly key: RingKey;
  readonly isRetired: boolean;
  readonly ciphertext: string;
  readonly sha256: string;
}

async function askConsumer(
  { url, headers, timeoutSeconds }: Config & { readonly url: string },
  { fetch, random }: PluginDeps,
  request: VerifyRequest,
): Promise<Verdict> {
  const probes = probesFor(request, random);
  const shown = shownUrl(url);
  if (probes.some(({ key }) => key.material === undefined))
    return { verdict: 'inconclusive', why: 'the keys are kept elsewhere: leave url away to ask there' };
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ ciphertexts: probes.map(({ ciphertext }) => ciphertext) }),
      timeoutMs: timeoutSeconds * 1000,
    });
    if (answer.status !== 200) return { verdict: 'inconclusive', why: `${shown} answers ${answer.status}` };
    return judge(
      shown,
      probes,
      reply.safeParse(await answer.text()).data?.sha256,
      keyOf(ringOf(request.expected.value), 'newest').kid,
    );
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return { verdict: 'inconclusive', why: `${shown} gives no answer (${error.code ?? error.name})` };
  }
}

function probesFor({ expected, other }: VerifyRequest, random: PluginDeps['random']): Probe[] {
  const good = acceptableIn(ringOf(expected.value));
  const retired = ringOf(other.value).keys.filter(
    (key) => key.state === 'deactivated' && !good.some(({ kid }) => kid === key.kid),
  );
  const probe = (isRetired: boolean) => (key: RingKey) => {
    const plain = random.bytes(PROBE_BYTES);
    const ciphertext = key.material === undefined ? '' : wrap(key, plain, random);
    return { key, isRetired, ciphertext, sha256: createHash('sha256').update(plain).digest('hex') };
  };
  return [...good.map(probe(false)), ...retired.map(probe(true))];
}

function judge(
  url: string,
  probes: readonly Probe[],
  answers: readonly (string | null)[] | undefined,
  newest: string,
): Verdict {
  if (answers?.length !== probes.length)
    return { verdict: 'inconclusive', why: `${url} answers something else than {"sha256": [one for each ciphertext]}` };
  for (const [index, { key, isRetired, sha256 }] of probes.entries()) {
    const opens = answers[index] === sha256;
    if (isRetired && opens)
      return { verdict: 'rejected', why: `${url} still opens what is under ${key.kid}, which is retired` };
    if (!isRetired && !opens) return { verdict: 'rejected', why: `${url} does not open what is under ${key.kid}` };
  }
  return { verdict: 'verified', why: `${url} opens what is under ${newest}` };
}

/** Proof of the keys, not of a consumer's use of them. */
async function askTarget({ expected, target }: VerifyRequest): Promise<Verdict> {
  const { kid } = keyOf(ringOf(expected.value), 'newest');
  try {
    const answer = await target.probe(expected, 'newest');
    const verdict = answer === 'accepted' ? 'verified' : answer === 'refused' ? 'rejected' : 'inconclusive';
    return { verdict, why: `what is under ${kid} is ${answer} at the target` };
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return { verdict: 'inconclusive', why: `the target gives no answer (${error.code ?? error.name})` };
  }
}

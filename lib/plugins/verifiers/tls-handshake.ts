import { resolve } from 'node:path';
import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { endOf } from '../certificates/chain.ts';
import { type Handshake, shakeHands, shownEndpoint } from '../certificates/handshake.ts';
import { certificateIn, serialOf } from '../certificates/pem.ts';
import { readPem } from '../certificates/pem-file.ts';
import { endpointFields } from '../certificates/target.ts';

const config = z.strictObject({
  use: z.literal('tls-handshake'),
  ...endpointFields,
  /** Whom the client trusts; the bundle of the version that is proven when absent. */
  caFile: z.string().min(1).optional(),
  minDaysLeft: z.number().min(0).optional(),
});
type Config = z.output<typeof config>;

/** Shakes hands as a client of the consumer: proof of what it serves, to somebody who trusts the bundle. */
export const tlsHandshake = definePlugin({
  name: 'tls-handshake',
  summary: 'A handshake: the consumer serves the certificate, and its chain leads to the distributed bundle.',
  config,
  create: (options, deps): VerifierClient => ({ check: (request) => check(options, deps, request) }),
});

async function check(options: Config, deps: PluginDeps, { expected }: VerifyRequest): Promise<Verdict> {
  const ca =
    options.caFile === undefined
      ? (expected.value.field('ca_bundle') ?? '')
      : await readPem(resolve(deps.baseDir, options.caFile));
  const wanted = certificateIn(expected.value.field('certificate') ?? '', 'field certificate');
  try {
    return judge(options, await shakeHands(options, ca), wanted, deps.clock.now());
  } catch (error) {
    if (!isRotationError(error, 'Unavailable')) throw error;
    return { verdict: 'inconclusive', why: `${shownEndpoint(options)} shakes no hands (${error.code ?? error.name})` };
  }
}

/** @param now - epoch ms */
function judge(options: Config, { served, untrusted }: Handshake, wanted: Handshake['served'], now: number): Verdict {
  const endpoint = shownEndpoint(options);
  const [found, expected] = [serialOf(served), serialOf(wanted)];
  if (found !== expected) return { verdict: 'rejected', why: `${endpoint} serves ${found}, expected ${expected}` };
  if (!served.publicKey.equals(wanted.publicKey))
    return { verdict: 'rejected', why: `${endpoint} serves ${found} with another key` };
  if (untrusted !== undefined)
    return { verdict: 'rejected', why: `${endpoint} serves ${found}, which a client does not trust (${untrusted})` };
  const days = Math.floor((endOf(served) - now) / 86_400_000);
  const { minDaysLeft = 0 } = options;
  if (days < minDaysLeft)
    return {
      verdict: 'rejected',
      why: `${endpoint} serves ${found}, which ends in ${days} days, at least ${minDaysLeft} asked for`,
    };
  return { verdict: 'verified', why: `${endpoint} serves ${found}, ${days} days left` };
}

import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { httpFailure } from '../../core/http-failure.ts';
import { secretUrl } from '../../core/http-target.ts';
import type { IssuerClient } from '../../core/issuer-ports.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { Answer, PluginDeps } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { contentOf } from '../http-issuer/exchange.ts';
import { useOfToken } from '../http-issuer/settings.ts';
import { idOf, tokenOf } from '../issuing/issued-fields.ts';

/** The whole of a URL that is itself the credential, e.g. a webhook's. */
const TOKEN = '{token}';

const config = z.strictObject({
  use: z.literal('manual'),
  /** What a person does to make the new value and, later, to revoke the old one. */
  instructions: z.string().min(20, 'say in at least twenty characters what is to be done').max(1000),
  /** How a value is tried; without it the evidence says that it was not. */
  probe: z.strictObject({ url: z.union([z.literal(TOKEN), secretUrl]), ...useOfToken }).optional(),
  timeoutSeconds: z.int().min(1).max(60).default(10),
});
type Config = z.output<typeof config>;

/** Values that only a person can make: the run waits until one hands the new one over, and until the old one is revoked. */
export const manual = definePlugin({
  name: 'manual',
  summary: 'A person makes and revokes the value; the run waits for both',
  config,
  create: (settings, deps): IssuerClient => ({
    issue: async (name) => {
      throw new RotationError('ValueAwaited', { subject: name, detail: settings.instructions });
    },
    withdraw: async () => 'not-applied',
    revoke: async () => 'not-applied',
    lastUsed: async () => 'unknown',
    probe: (value) => probe(settings, deps, value),
  }),
});

async function probe({ probe: call, timeoutSeconds }: Config, deps: PluginDeps, value: Secret): Promise<Answer> {
  if (call === undefined) return 'untested';
  const values = { id: idOf(value), token: tokenOf(value) };
  const { url, method, accepted, refused } = call;
  const target = url === TOKEN ? webhookOf(values.token) : url;
  const { status } = await deps.fetch(target, {
    method,
    timeoutMs: timeoutSeconds * 1000,
    ...contentOf(call, {}, values),
  });
  if (refused.includes(status)) return 'refused';
  if (accepted.includes(status)) return 'accepted';
  throw httpFailure(`probe at ${new URL(target).host}`, status, 'ConfigInvalid');
}

/** @throws InputInvalid for a token that is no such URL */
function webhookOf(token: string): string {
  if (secretUrl.safeParse(token).success) return token;
  throw new RotationError('InputInvalid', { subject: 'the token', detail: 'expected an https:// URL' });
}

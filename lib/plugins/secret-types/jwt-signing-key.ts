import { defineSecretType } from '../../core/plugin.ts';
import { adopted, SIGNING_FIELDS, signingProblem } from '../jwt/signing-ring.ts';
import { oldTokensLive, type Publication, signingTarget } from '../jwt/target.ts';

/** Keys that sign tokens: a new one is published before it signs, and the old one stays until its last token has expired. */
export const jwtSigningKey = defineSecretType({
  name: 'jwt-signing-key',
  summary:
    'A ring of keys that sign tokens; the public ones lie in a JWKS document, or verifiers get them as consumers',
  config: signingTarget,
  capabilities: ['dual', 'signing-keys'],
  flow: 'keyring',
  fields: SIGNING_FIELDS,
  adoption: {
    fields: ['kid', 'private_key'],
    complete: (value, { algorithm }, at) => adopted(value, algorithm, at),
  },
  valueProblem: signingProblem,
  overlap: () => ({ kind: 'dual' }),
  waits: (target) => ({ publish: target.cacheAge, switch: oldTokensLive(target) }),
  templateFields: () => ({}),
  identities: ({ publish }) => identitiesOf(publish),
  create: async (target, deps) => {
    const { signingClient } = await import('../jwt/client.ts');
    return signingClient(target, deps);
  },
});

function identitiesOf(publish: Publication): string[] {
  if (publish.to === 'file') return [`jwks:${publish.path}`];
  return publish.to === 'http' ? [`jwks:${publish.url}`] : [];
}

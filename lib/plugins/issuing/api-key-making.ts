import { createHash } from 'node:crypto';
import { RotationError } from '../../core/errors.ts';
import { type IssuerClient, issuedName } from '../../core/issuer-ports.ts';
import type { Random } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { apiKeyProblem, makeApiKey } from './api-key-format.ts';
import { issuedBy, type Making } from './issued-client.ts';
import { idOf, tokenOf } from './issued-fields.ts';

/** API keys of one prefix: made here where the issuer takes the hash of a key, else made by it. A damaged key is never tried, nor its id revoked. */
export function apiKeyMaking(issuer: IssuerClient, prefix: string, random: Random): Making {
  const check = (value: Secret) => requireForm(value, prefix);
  const { register } = issuer;
  if (register !== undefined) return { ...madeHere(register.bind(issuer), prefix, random), check };
  const issued = issuedBy(issuer, check);
  return {
    ...issued,
    make: async (version) => {
      const value = await issued.make(version);
      requireIssuedForm(value, prefix);
      return value;
    },
  };
}

type Register = NonNullable<IssuerClient['register']>;

/** The key is durable before the issuer hears of it, and then it hears the hash only. */
const madeHere = (register: Register, prefix: string, random: Random): Omit<Making, 'check'> => ({
  make: async () => makeApiKey(prefix, random),
  activate: ({ version, value }) =>
    register({ name: issuedName(version), id: idOf(value), hash: sha256(tokenOf(value)) }),
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** @throws ValueCorrupt */
function requireForm(value: Secret, prefix: string): void {
  const detail = apiKeyProblem(value, prefix);
  if (detail !== undefined) throw new RotationError('ValueCorrupt', { subject: 'an API key', detail });
}

/** @throws ConfigInvalid when the issuer makes keys of another form */
function requireIssuedForm(value: Secret, prefix: string): void {
  const detail = apiKeyProblem(value, prefix);
  if (detail !== undefined) throw new RotationError('ConfigInvalid', { subject: 'a key from its issuer', detail });
}

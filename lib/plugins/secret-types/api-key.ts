import { z } from 'zod';
import { defineSecretType } from '../../core/plugin.ts';
import { apiKeyProblem } from '../issuing/api-key-format.ts';
import { apiKeyMaking } from '../issuing/api-key-making.ts';
import { issuedClient } from '../issuing/issued-client.ts';
import { ISSUED_FIELDS } from '../issuing/issued-fields.ts';
import { issuedFields } from '../issuing/issued-target.ts';

const config = z.strictObject({
  /** What every key of this API begins with. */
  prefix: z.string().regex(/^[a-z][a-z0-9]{0,19}$/, 'expected a small letter, then small letters and digits'),
  ...issuedFields,
});

/** A key `<prefix>_<key id>_<secret>_<crc>` of an API, made by its issuer or made here and registered there by its hash. */
export const apiKey = defineSecretType({
  name: 'api-key',
  summary: 'An API key with prefix, key id, secret and checksum, of which its issuer holds two during a rotation',
  config,
  capabilities: ['dual'],
  flow: 'overlap',
  fields: ISSUED_FIELDS,
  issuedBy: 'issuers',
  overlap: () => ({ kind: 'dual' }),
  templateFields: () => ({}),
  identities: () => [],
  valueProblem: (value, { prefix }) => apiKeyProblem(value, prefix),
  create: async (target, deps) => {
    const issuer = await deps.issuer(target.issuer);
    return issuedClient(issuer, target, deps.clock, apiKeyMaking(issuer, target.prefix, deps.random));
  },
});

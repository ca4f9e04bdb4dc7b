import { z } from 'zod';
import { defineSecretType } from '../../core/plugin.ts';
import { issuedBy, issuedClient } from '../issuing/issued-client.ts';
import { ISSUED_FIELDS, tokenOf } from '../issuing/issued-fields.ts';
import { issuedFields } from '../issuing/issued-target.ts';

/** A token of another service: its issuer makes a second one beside it, and revokes the old by its id. */
export const serviceToken = defineSecretType({
  name: 'service-token',
  summary: 'A token of another service, made and revoked through its issuer',
  config: z.strictObject(issuedFields),
  capabilities: ['dual'],
  flow: 'overlap',
  fields: ISSUED_FIELDS,
  issuedBy: 'issuers',
  overlap: () => ({ kind: 'dual' }),
  templateFields: () => ({}),
  identities: () => [],
  create: async (target, deps) => {
    const issuer = await deps.issuer(target.issuer);
    return issuedClient(issuer, target, deps.clock, issuedBy(issuer, tokenOf));
  },
});

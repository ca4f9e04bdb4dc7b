import { defineSecretType } from '../../core/plugin.ts';
import { certificateClient } from '../certificates/certificate-client.ts';
import { certificateTarget, lifeOf } from '../certificates/target.ts';
import { CERTIFICATE_FIELDS, valueProblem } from '../certificates/value.ts';

/** A TLS certificate with its chain, its key and the bundle that its clients trust; the key is made here. */
export const certificate = defineSecretType({
  name: 'certificate',
  summary: 'A TLS certificate with chain, key and trust bundle, signed by an issuer for a key that is made here',
  config: certificateTarget,
  capabilities: ['dual'],
  flow: 'reissue',
  fields: CERTIFICATE_FIELDS,
  issuedBy: 'certificateIssuers',
  overlap: () => ({ kind: 'dual' }),
  life: lifeOf,
  templateFields: () => ({}),
  identities: () => [],
  valueProblem,
  create: async (target, deps) => certificateClient(await deps.certificateIssuer(target.issuer), target, deps),
});

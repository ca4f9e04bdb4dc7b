import { defineSecretType } from '../../core/plugin.ts';
import { adopted, ENCRYPTION_FIELDS, encryptionProblem } from '../encryption/encryption-ring.ts';
import { encryptionTarget, identitiesOf } from '../encryption/target.ts';

/** Keys that encrypt: data is brought under the new one before the old one is refused. */
export const encryptionKey = defineSecretType({
  name: 'encryption-key',
  summary: 'A ring of keys that encrypt, or a key of Vault Transit; data is rewrapped in files or in a table',
  config: encryptionTarget,
  capabilities: ['dual', 'encryption-keys'],
  flow: 'keyring',
  fields: ENCRYPTION_FIELDS,
  adoption: { fields: ['kid', 'key'], complete: adopted },
  valueProblem: encryptionProblem,
  overlap: () => ({ kind: 'dual' }),
  waits: (target) => (target.adapter === 'envelope' ? { publish: target.cacheAge, switch: target.cacheAge } : {}),
  templateFields: () => ({}),
  identities: identitiesOf,
  create: async (target, deps) => {
    if (target.adapter === 'envelope') return (await import('../encryption/envelope.ts')).envelopeClient(target, deps);
    return (await import('../encryption/transit.ts')).transitClient(target, deps);
  },
});

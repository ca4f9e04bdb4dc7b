import { z } from 'zod';
import { makePassword, passwordPolicy } from '../../core/password-policy.ts';
import { defineSecretType } from '../../core/plugin.ts';
import { Secret } from '../../core/secret.ts';

const NOTHING = 'not-applied' as const;

const config = z.strictObject({
  /** How the value is made. */
  value: passwordPolicy,
  /** For how long consumers may disagree while they restart one after another. */
  maxGapSeconds: z.int().min(1).max(86_400),
});

/**
 * A random value that only its consumers know: there is no target to accept or to refuse it. It has one slot, and nothing
 * is proven of it but that every consumer has it; the evidence says `waived`.
 */
export const generic = defineSecretType({
  name: 'generic',
  summary: 'A random value that consumers share: no target can refuse the old one, and the evidence says so',
  config,
  capabilities: ['single'],
  flow: 'overlap',
  fields: ['value'],
  overlap: ({ maxGapSeconds }) => ({ kind: 'single', maxGapSeconds }),
  templateFields: () => ({}),
  identities: () => [],
  create: ({ value: policy }, { random }) => ({
    generate: async () => Secret.of({ value: makePassword(policy, random) }),
    prepare: async () => ({ statements: [], blocked: [] }),
    install: async () => NOTHING,
    uninstall: async () => NOTHING,
    probe: async () => 'untested' as const,
    quiet: async () => ({ quiet: true, waived: true, why: 'not tested: there is no target to ask' }),
    retire: async () => NOTHING,
    sessions: async () => [],
  }),
});

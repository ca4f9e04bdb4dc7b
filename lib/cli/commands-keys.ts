import { ACTOR, type CommandSpec } from './command-spec.ts';

export const KEYS: CommandSpec = {
  usage: 'keys',
  summary: "exchange Keyturn's own keys",
  examples: [],
  subcommands: [
    {
      usage: 'rotate <which>',
      summary: 'exchange the key of the store, of fingerprints, or of the audit chain',
      about: `store: a new key for every backend \`local\`, under which every value is brought; the old is kept until none is left
under it. fingerprint: a new key for fingerprints; those before are still compared. audit: a new key that signs the audit
chain; what the old one signed still verifies. Cut off anywhere, nothing is lost, and the command goes on.`,
      options: ACTOR,
      examples: [
        ['keys rotate store', 'every value of the local store under a new key'],
        ['keys rotate audit --as alice --key alice.pem', 'a new signing key, exchanged by alice'],
      ],
      load: async () => (await import('./keys-rotate.ts')).keysRotate,
    },
  ],
};

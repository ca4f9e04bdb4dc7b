import { type CommandSpec, option } from './command-spec.ts';

export const VAULT: CommandSpec = {
  usage: 'vault',
  summary: 'print or check what Keyturn may do in Vault',
  examples: [],
  subcommands: [
    {
      usage: 'policies [backend]',
      summary: 'print the least-privilege policies and AppRoles, or compare them with the server',
      about: `Writes a shell script of policies, one for the steps that need the same, and of AppRoles that carry them, for the
secrets of keyturn.yaml. An administrator reads it and runs it. With --check nothing is written anywhere: each is compared
with what the server has.`,
      options: [
        option('--cidr <a,b>', 'networks that Keyturn logs in from'),
        option('--check', 'compare with the server; exit code 5 when something differs'),
        option('--token-file <file>', "an administrator's token for --check, mode 0600"),
      ],
      examples: [
        ['vault policies --cidr 10.1.2.0/24 > grants.sh', 'to be reviewed and run by an administrator'],
        ['vault policies vault --cidr 10.1.2.0/24 --check --token-file admin-token', 'what differs, for one backend'],
      ],
      load: async () => (await import('./vault-policies.ts')).vaultPolicies,
    },
  ],
};

import { type CommandSpec, option } from './command-spec.ts';

export const KUBERNETES: CommandSpec = {
  usage: 'kubernetes',
  summary: 'print what Keyturn may do in a Kubernetes cluster',
  examples: [],
  subcommands: [
    {
      usage: 'rbac [cluster]',
      summary: 'print the least-privilege Roles for the consumers of keyturn.yaml',
      about: `Writes a Role for each namespace that consumers lie in: get and patch on the very objects that keyturn.yaml names,
and list of the pods beside them. With --subject each is bound to whom Keyturn logs in as. An administrator reads it and
applies it.`,
      options: [option('--subject <kind/name>', 'user/<name>, group/<name> or serviceaccount/<namespace>/<name>')],
      examples: [
        ['kubernetes rbac --subject user/keyturn > rbac.yaml', 'to be reviewed and applied by an administrator'],
        ['kubernetes rbac main --json', 'the rules as data, for one cluster'],
      ],
      load: async () => (await import('./kubernetes-rbac.ts')).kubernetesRbac,
    },
  ],
};

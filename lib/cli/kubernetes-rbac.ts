import { stringify } from 'yaml';
import { z } from 'zod';
import { type ClusterRole, clusterRoles } from '../core/cluster-roles.ts';
import { defineCommand, UsageError } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { readConfigured } from './host.ts';

const RBAC = 'rbac.authorization.k8s.io';
const NAME = 'keyturn';

const subject = z.union(
  [
    z.templateLiteral(['user/', z.string().min(1)]),
    z.templateLiteral(['group/', z.string().min(1)]),
    z.templateLiteral(['serviceaccount/', z.string().min(1), '/', z.string().min(1)]),
  ],
  { error: 'expected user/<name>, group/<name> or serviceaccount/<namespace>/<name>' },
);

const options = z.object({ cluster: z.string().optional(), subject: subject.optional() });

/** What an administrator has to allow Keyturn in the clusters of keyturn.yaml. */
export const kubernetesRbac = defineCommand(options, async (context, given) => {
  const { config, catalog } = await readConfigured(context);
  const roles = clusterRoles(config, catalog).filter(
    ({ cluster }) => given.cluster === undefined || given.cluster === cluster,
  );
  if (roles.length === 0)
    throw new UsageError(
      `no consumer of keyturn.yaml lies in ${given.cluster ? `cluster ${given.cluster}` : 'a cluster'}`,
    );
  context.output.answer({ roles }, () => roles.flatMap((role) => documents(role, given.subject)).join(''));
  if (given.subject === undefined) context.output.note('No --subject: the Roles are bound to nobody.');
  return EXIT.done;
});

function documents({ cluster, namespace, rules }: ClusterRole, whom: string | undefined): readonly string[] {
  const apiVersion = `${RBAC}/v1`;
  const metadata = { name: NAME, namespace };
  const role = { apiVersion, kind: 'Role', metadata, rules };
  const bound = (subjects: readonly object[]) => ({ apiVersion, kind: 'RoleBinding', metadata, subjects, roleRef });
  const objects = whom === undefined ? [role] : [role, bound([subjectOf(whom)])];
  return objects.map((object) => `---\n# cluster ${cluster}\n${stringify(object)}`);
}

const roleRef = { apiGroup: RBAC, kind: 'Role', name: NAME };

function subjectOf(whom: string): object {
  const [kind = '', ...rest] = whom.split('/');
  if (kind === 'serviceaccount') return { kind: 'ServiceAccount', namespace: rest[0], name: rest.slice(1).join('/') };
  return { kind: kind === 'user' ? 'User' : 'Group', name: rest.join('/'), apiGroup: RBAC };
}

import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Estate, rotatedSecrets } from './estate.ts';
import { type Use, usesOf } from './plugins-in-use.ts';

/** Plugins that work on the files and processes of the machine they run on: a function has neither. A kubeconfig is such a file. */
const THIS_MACHINE: ReadonlySet<string> = new Set([
  'backend local',
  'propagator env-file',
  'propagator external-secret',
  'propagator file-template',
  'propagator kubernetes-secret',
  'propagator vault-agent-file',
  'restarter command',
  'restarter kubernetes-rollout',
  'restarter process-signal',
  'verifier kubernetes-pods',
]);

export const needsThisMachine = ({ kind, use }: Use): boolean => THIS_MACHINE.has(`${kind} ${use}`);

/** The bundles do not carry such plugins, and the step that needs one ends with ConfigInvalid: said here, before it is deployed. */
export function warnOfThisMachine(scope: Construct, { config, ...estate }: Estate): void {
  for (const secret of rotatedSecrets({ config, ...estate })) {
    const uses = usesOf(['backend', 'propagator', 'restarter'], [secret], config).filter(needsThisMachine);
    if (uses.length === 0) continue;
    const names = [...new Set(uses.map(({ kind, use }) => `${kind} ${use}`))].join(', ');
    const message = `${secret.id}: ${names} works on one machine only; on AWS the step that needs it fails with ConfigInvalid.`;
    Annotations.of(scope).addWarningV2(`keyturn:this-machine:${secret.id}`, message);
  }
}

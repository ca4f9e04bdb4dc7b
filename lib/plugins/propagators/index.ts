import type { Plugin, PropagatorClient } from '../../core/ports.ts';
import { envFile } from './env-file.ts';
import { externalSecret } from './external-secret.ts';
import { fileTemplate } from './file-template.ts';
import { httpPut } from './http-put.ts';
import { kubernetesSecret } from './kubernetes-secret.ts';
import { secretsManagerCopy } from './secrets-manager-copy.ts';
import { ssmParameter } from './ssm-parameter.ts';
import { vaultAgentFile } from './vault-agent-file.ts';
import { vaultCopy } from './vault-copy.ts';

export const propagators: readonly Plugin<PropagatorClient>[] = [
  envFile,
  externalSecret,
  fileTemplate,
  httpPut,
  kubernetesSecret,
  secretsManagerCopy,
  ssmParameter,
  vaultAgentFile,
  vaultCopy,
];

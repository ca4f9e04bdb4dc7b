import type { BackendPlugin } from '../../core/grants.ts';
import { awsSecretsManager } from './aws-secrets-manager.ts';
import { local } from './local.ts';
import { vault } from './vault.ts';

export const backends: readonly BackendPlugin[] = [awsSecretsManager, local, vault];

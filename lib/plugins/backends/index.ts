import type { BackendPlugin } from '../../core/grants.ts';
import { local } from './local.ts';
import { vault } from './vault.ts';

export const backends: readonly BackendPlugin[] = [local, vault];

import type { BackendPlugin } from '../../core/grants.ts';
import { local } from './local.ts';

export const backends: readonly BackendPlugin[] = [local];

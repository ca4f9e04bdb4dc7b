import type { BackendClient, Plugin } from '../../core/ports.ts';
import { local } from './local.ts';

export const backends: readonly Plugin<BackendClient>[] = [local];

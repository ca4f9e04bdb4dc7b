import type { Plugin, RestarterClient } from '../../core/ports.ts';
import { command } from './command.ts';
import { httpReload } from './http-reload.ts';
import { kubernetesRollout } from './kubernetes-rollout.ts';
import { none } from './none.ts';
import { processSignal } from './process-signal.ts';

export const restarters: readonly Plugin<RestarterClient>[] = [
  kubernetesRollout,
  httpReload,
  processSignal,
  command,
  none,
];

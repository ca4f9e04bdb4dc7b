import type { Plugin, PropagatorClient } from '../../core/ports.ts';
import { envFile } from './env-file.ts';
import { fileTemplate } from './file-template.ts';

export const propagators: readonly Plugin<PropagatorClient>[] = [envFile, fileTemplate];

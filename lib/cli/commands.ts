import type { CommandGroup } from './command-spec.ts';
import { EVIDENCE } from './commands-evidence.ts';
import { ROTATE } from './commands-rotate.ts';
import { RUNS } from './commands-runs.ts';
import { SETUP } from './commands-setup.ts';

/** Every command, in the order in which a newcomer meets them. */
export const COMMANDS: readonly CommandGroup[] = [
  { heading: 'Set up:', commands: SETUP },
  { heading: 'Rotate and decide:', commands: ROTATE },
  { heading: 'See and mend:', commands: RUNS },
  { heading: 'Evidence and tools:', commands: EVIDENCE },
];

import type { Catalog } from '../core/catalog.ts';
import type { Config } from '../core/config.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Clock, Random } from '../core/ports.ts';
import type { Callbacks } from '../core/step.ts';

/** What a host lends to the steps that it runs. */
export interface HostServices {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: { uuid(): string };
  readonly callbacks: Callbacks;
  /** Read anew for each call. */
  readonly config: () => Config;
  /** Takes one line of log, scrubbed. */
  readonly sink: (line: string) => void;
  readonly baseDir: string;
  readonly dataDir: string;
}

import type { StepDeps } from '../core/step.ts';
import { untilClosed, untilReturned } from './backend-clients.ts';
import { guardedFetch } from './guarded-fetch.ts';
import type { HostServices } from './host-services.ts';
import { jsonLog } from './log.ts';
import { makeOpener, type OpenerContext } from './opener.ts';
import { createScrubber, type Scrubber } from './scrubber.ts';

export interface OpenedDeps {
  readonly deps: StepDeps;
  readonly scrubber: Scrubber;
  /** Ends the logins that were taken in it. */
  close(): Promise<void>;
}

/** Everything one call of one step may touch, made for that call: no client and no value outlives it. */
export const stepDeps = (host: HostServices): OpenedDeps => openDeps(host, untilClosed);

/** The same for a look outside a step: there is nothing to close. */
export const lookDeps = (host: HostServices): StepDeps => openDeps(host, untilReturned).deps;

function openDeps(host: HostServices, lifetime: OpenerContext['lifetime']): OpenedDeps {
  const { catalog, ledger, clock, random, ids, callbacks, sink, baseDir, dataDir } = host;
  const config = host.config();
  const scrubber = createScrubber();
  const log = jsonLog({ clock, scrubber, sink });
  const fetch = guardedFetch({ allow: config.allow });
  const plugins = { clock, log, random, fetch, ids, baseDir, dataDir };
  const { open, close } = makeOpener({ config, catalog, scrubber, lifetime, deps: plugins });
  return { deps: { config, catalog, ledger, clock, log, open, callbacks }, scrubber, close };
}

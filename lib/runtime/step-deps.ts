import type { StepDeps } from '../core/step.ts';
import { guardedFetch } from './guarded-fetch.ts';
import type { HostServices } from './host-services.ts';
import { jsonLog } from './log.ts';
import { makeOpener } from './opener.ts';
import { createScrubber, type Scrubber } from './scrubber.ts';

/** Everything one call of one step may touch, made for that call: no client and no value outlives it. */
export function stepDeps(host: HostServices): { readonly deps: StepDeps; readonly scrubber: Scrubber } {
  const { catalog, ledger, clock, random, ids, callbacks, sink, baseDir, dataDir } = host;
  const config = host.config();
  const scrubber = createScrubber();
  const log = jsonLog({ clock, scrubber, sink });
  const fetch = guardedFetch({ allow: config.allow });
  const open = makeOpener({ config, catalog, scrubber, deps: { clock, log, random, fetch, ids, baseDir, dataDir } });
  return { deps: { config, catalog, ledger, clock, log, open, callbacks }, scrubber };
}

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Machine } from '../../../lib/asl/machine.ts';
import type { Catalog } from '../../../lib/core/catalog.ts';
import type { Config } from '../../../lib/core/config.ts';
import type { Step } from '../../../lib/core/step.ts';
import { steps } from '../../../lib/core/steps/index.ts';
import { ledgerKeyFile, openKeys } from '../../../lib/local/keys.ts';
import { openSqliteLedger } from '../../../lib/local/ledger/sqlite-ledger.ts';
import type { Local } from '../../../lib/local/local.ts';
import { loadFlow } from '../../../lib/local/machines.ts';
import type { HostServices } from '../../../lib/runtime/host-services.ts';
import { stepDeps } from '../../../lib/runtime/step-deps.ts';
import { Book, watchLedger } from './book.ts';
import { CrashJournal } from './crash-journal.ts';
import { catalogOf } from './plugins.ts';
import { Process } from './process.ts';
import { populate, type SceneOptions, sceneConfig } from './scene.ts';
import { type Call, World } from './world.ts';

export interface SiteOptions extends SceneOptions {
  readonly seed?: number;
  /** Instead of the shipped flow. */
  readonly machine?: Machine;
  /** Instead of the shipped steps. */
  readonly steps?: readonly Step[];
  /** Laid over the simulated catalog. */
  readonly plugins?: (catalog: Catalog) => Catalog;
  /** Changes the entry that is rotated. */
  readonly entry?: object;
}

/** More calls than any run makes that goes on towards an end. */
const MOST_CALLS = 700;

/** A machine with the real ledger, the real steps and the real interpreter, in a simulated world. */
export class Site {
  readonly world: World;
  readonly book = new Book();
  readonly machine: Machine;
  readonly steps: readonly Step[];
  readonly local: Local;
  /** Every event and every effect, in order. */
  readonly trace: string[] = [];
  /** The calls that returned an answer, which a crash may have lost afterwards. */
  readonly answers: Call[] = [];
  process: Process;
  config: Config;
  /** Set when the run goes in circles: nothing more is answered. */
  exhausted = false;
  #calls = 0;
  readonly #dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'keyturn-fault-'));

  constructor(options: SiteOptions = {}) {
    this.world = new World(options.seed ?? 1);
    this.machine = options.machine ?? loadFlow('overlap');
    this.steps = options.steps ?? steps;
    this.config = sceneConfig(this.world, options, options.entry);
    populate(this.world, this.config);
    const catalog = catalogOf(this.world);
    this.local = localOf(this, options.plugins?.(catalog) ?? catalog, this.#dataDir);
    this.process = new Process(this, new CrashJournal());
  }

  /** The next call's number. */
  countCall(): number {
    this.#calls += 1;
    if (this.#calls > MOST_CALLS) this.exhausted = true;
    return this.#calls;
  }

  get calls(): number {
    return this.#calls;
  }

  close(): void {
    this.local.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}

/** The local host's own view of the site, as its recovery and its questions see it. */
function localOf(site: Site, catalog: Catalog, dataDir: string): Local {
  const { world, book } = site;
  writeKeys(dataDir);
  const keys = openKeys(dataDir);
  const clock = { now: () => world.clock.now(), sleep: async () => undefined };
  const sqlite = openSqliteLedger({ file: join(dataDir, 'ledger.db'), keys, now: clock.now });
  const ledger = watchLedger(sqlite, world, book);
  const services = (callbacks: HostServices['callbacks']): HostServices => ({
    catalog,
    ledger,
    clock,
    random: world.random,
    ids: world.ids,
    callbacks,
    config: () => site.config,
    sink: (line) => void world.log.push(line),
    baseDir: dataDir,
    dataDir,
  });
  return {
    ...services({ succeed: async () => undefined }),
    configFile: join(dataDir, 'keyturn.yaml'),
    ledger,
    events: eventsOf(site),
    keys,
    deps: () => stepDeps(services({ succeed: async () => undefined })).deps,
    services,
    close: sqlite.close,
  };
}

/** Another process asks here whether an execution still runs; of this site the engine knows. */
const eventsOf = (site: Site): Local['events'] => ({
  recordExecution: () => undefined,
  appendEvents: () => undefined,
  execution: (name) => {
    const found = site.process.engine.execution(name);
    return found && { name, machine: found.machine.name, status: found.status, started: found.startedAt, input: '' };
  },
  executions: () => [],
  history: () => [],
  close: () => undefined,
});

/** Keys that are the same each time, so that fingerprints and signatures are. */
function writeKeys(dataDir: string): void {
  const file = ledgerKeyFile(dataDir);
  const key = (fill: number) => Buffer.alloc(32, fill);
  const audit = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), key(3)]).toString('base64');
  const text = { format: 1, fingerprint: key(1).toString('base64'), token: key(2).toString('base64'), audit };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(text), { mode: 0o600 });
}

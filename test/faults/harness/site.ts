import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Machine } from '../../../lib/asl/machine.ts';
import type { Catalog } from '../../../lib/core/catalog.ts';
import type { Config } from '../../../lib/core/config.ts';
import type { Step } from '../../../lib/core/step.ts';
import { steps } from '../../../lib/core/steps/index.ts';
import { type LedgerKeys, ledgerKeyFile, openKeys } from '../../../lib/local/keys.ts';
import { openSqliteLedger, type SqliteLedger } from '../../../lib/local/ledger/sqlite-ledger.ts';
import type { Local } from '../../../lib/local/local.ts';
import { loadFlow } from '../../../lib/local/machines.ts';
import type { HostServices } from '../../../lib/runtime/host-services.ts';
import { stepDeps } from '../../../lib/runtime/step-deps.ts';
import { Book, watchLedger } from './book.ts';
import { catalogOf } from './catalog.ts';
import { CrashJournal } from './crash-journal.ts';
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
  /** Of the orders secret, once those that were there at the start are proven. */
  readonly laterConsumers?: readonly string[];
}

const FLOWS = { login: 'overlap', ring: 'keyring', leaf: 'reissue' } as const;

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
  readonly calls: Call[] = [];
  /** Those of them that came to an answer, which may have been lost afterwards. */
  readonly answers: Call[] = [];
  process: Process;
  /** Set when the run goes in circles: nothing more is answered. */
  exhausted = false;
  #config: Config;
  #later: Config;
  readonly #options: SiteOptions;
  readonly #alter: (catalog: Catalog) => Catalog;
  readonly #keys: LedgerKeys;
  readonly #ledger: SqliteLedger;
  readonly #dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'keyturn-fault-'));

  constructor(options: SiteOptions = {}) {
    this.world = new World(options.seed ?? 1);
    this.machine = options.machine ?? loadFlow(FLOWS[options.kind ?? 'login']);
    this.steps = options.steps ?? steps;
    this.#options = options;
    [this.#config, this.#later] = this.#configs(options.entry);
    populate(this.world, this.#later);
    this.#alter = options.plugins ?? ((catalog) => catalog);
    writeKeys(this.#dataDir);
    this.#keys = openKeys(this.#dataDir);
    const now = () => this.world.clock.now();
    this.#ledger = openSqliteLedger({ file: this.ledgerFile, keys: this.#keys, now });
    this.local = this.#localHost();
    this.process = new Process(this, new CrashJournal());
  }

  /** As it is at this moment. */
  get config(): Config {
    const isProven = [...this.book.records.values()].some(({ provenAt }) => provenAt !== undefined);
    return isProven ? this.#later : this.#config;
  }

  /** From now on the entry that is rotated has these keys, too. */
  reconfigure(change: object): void {
    [this.#config, this.#later] = this.#configs({ ...this.#options.entry, ...change });
  }

  #configs(entry?: object): [now: Config, later: Config] {
    const { laterConsumers: consumers } = this.#options;
    const now = sceneConfig(this.world, this.#options, entry);
    return [now, consumers ? sceneConfig(this.world, { ...this.#options, consumers }, entry) : now];
  }

  get ledgerFile(): string {
    return join(this.#dataDir, 'ledger.db');
  }

  get journal(): CrashJournal {
    return this.process.journal;
  }

  /** Takes a call down. */
  count(call: Call): Call {
    this.calls.push(call);
    if (this.calls.length > MOST_CALLS) this.exhausted = true;
    return call;
  }

  /** What the steps of one call get; every reach into the world is told to be that call's. */
  services(call: Call | undefined, callbacks: HostServices['callbacks']): HostServices {
    const { world, book } = this;
    const hands = world.for(call);
    return {
      catalog: this.#alter(catalogOf(hands)),
      ledger: watchLedger(this.#ledger, hands, book),
      clock: { now: () => world.clock.now(), sleep: async () => undefined },
      random: world.random,
      ids: world.ids,
      callbacks,
      config: () => this.config,
      sink: (line) => void world.log.push(line),
      baseDir: this.#dataDir,
      dataDir: this.#dataDir,
    };
  }

  close(): void {
    this.#ledger.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** The local host's own view of the site, as its recovery and its questions see it. */
  #localHost(): Local {
    const services = this.services(undefined, { succeed: async () => undefined });
    return {
      ...services,
      configFile: join(this.#dataDir, 'keyturn.yaml'),
      ledger: { ...this.#ledger, ...services.ledger },
      events: eventsOf(this),
      keys: this.#keys,
      deps: () => stepDeps(services).deps,
      services: (callbacks) => this.services(undefined, callbacks),
      close: () => this.close(),
    };
  }
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

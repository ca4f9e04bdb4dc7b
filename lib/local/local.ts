import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Catalog } from '../core/catalog.ts';
import type { Config } from '../core/config.ts';
import { errorCode, RotationError } from '../core/errors.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Clock, Random } from '../core/ports.ts';
import type { Callbacks, StepDeps } from '../core/step.ts';
import type { HostServices } from '../runtime/host-services.ts';
import { readConfig } from '../runtime/read-config.ts';
import { lookDeps } from '../runtime/step-deps.ts';
import { type EventStore, openEventStore } from './event-store.ts';
import { type LedgerKeys, openKeys } from './keys.ts';
import { openSqliteLedger, type SqliteLedger } from './ledger/sqlite-ledger.ts';

export interface LocalOptions {
  readonly configFile: string;
  readonly dataDir: string;
  readonly catalog: Catalog;
}

/** This machine as a host: configuration, ledger, and what steps need; the engine is in driver.ts. */
export interface Local {
  readonly catalog: Catalog;
  readonly dataDir: string;
  readonly baseDir: string;
  readonly configFile: string;
  readonly ledger: SqliteLedger;
  readonly events: EventStore;
  readonly keys: LedgerKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: { uuid(): string };
  /** Read anew: a rotation that is under way sees a consumer that was added meanwhile. @throws ConfigInvalid */
  config(): Config;
  /** For a look at a backend or a target outside a flow. */
  deps(): StepDeps;
  /** What steps get from this host, once there is an engine that answers waiting states. */
  services(callbacks: Callbacks): HostServices;
  close(): void;
}

export const systemTime: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};

export const noCallbacks: Callbacks = {
  succeed: async () => {
    throw new RotationError('EngineBusy', { subject: 'a waiting state', detail: 'no engine is open in this process' });
  },
};

/** Opens the data directory, which is made. @throws StorageFailed, KeyFileExposed, KeyFileInvalid, LedgerUnavailable */
export function openLocal(options: LocalOptions): Local {
  const dataDir = resolve(options.dataDir);
  const configFile = resolve(options.configFile);
  makeFolder(dataDir);
  const keys = openKeys(dataDir);
  const file = join(dataDir, 'ledger.db');
  const ledger = openSqliteLedger({ file, keys, now: systemTime.now });
  const events = openEventStore(file);
  const local: Local = {
    catalog: options.catalog,
    dataDir,
    baseDir: dirname(configFile),
    configFile,
    ledger,
    events,
    keys,
    clock: systemTime,
    random: { bytes: (length) => randomBytes(length) },
    ids: { uuid: () => randomUUID() },
    config: () => configOf(configFile, options.catalog),
    deps: () => lookDeps(local.services(noCallbacks)),
    services: (callbacks) => servicesOf(local, callbacks),
    close: () => {
      events.close();
      ledger.close();
    },
  };
  return local;
}

function servicesOf(local: Local, callbacks: Callbacks): HostServices {
  const { catalog, clock, random, ids, baseDir, dataDir } = local;
  const ledger: Ledger = local.ledger;
  const sink = (line: string) => appendFileSync(join(dataDir, 'keyturn.log'), `${line}\n`, { mode: 0o600 });
  return { catalog, ledger, clock, random, ids, callbacks, config: local.config, sink, baseDir, dataDir };
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new RotationError('StorageFailed', {
      subject: dataDir,
      detail: 'the data directory cannot be made',
      code: errorCode(error) ?? '',
    });
  }
}

function configOf(file: string, catalog: Catalog): Config {
  const result = readConfig(file, catalog);
  if ('config' in result) return result.config;
  const detail = result.errors.map(({ path, line, message }) => `line ${line}, ${path}: ${message}`).join('; ');
  throw new RotationError('ConfigInvalid', { subject: file, detail });
}

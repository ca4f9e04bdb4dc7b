import type { Catalog } from '../core/catalog.ts';
import type { Config, PluginEntry, SecretEntry } from '../core/config.ts';
import { isRotationError, RotationError } from '../core/errors.ts';
import { secretTypeOf } from '../core/plan.ts';
import type { BackendClient, Plugin, PluginDeps, SecretTypeClient } from '../core/ports.ts';
import { refOf } from '../core/run.ts';
import type { Secret } from '../core/secret.ts';
import type { Opener } from '../core/step.ts';
import type { Scrubber } from './scrubber.ts';

/** Logins are names, not secrets: keyturn.yaml holds them in clear. */
const OPEN_FIELDS = ['username'];

export interface OpenerContext {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly deps: Omit<PluginDeps, 'credential'>;
  /** Told of every value that passes, so that no sink shows it. */
  readonly scrubber: Scrubber;
}

/** Opens plugins for one call of one step; its clients are not kept. */
export function makeOpener(context: OpenerContext): Opener {
  const { config, catalog, scrubber } = context;
  const deps: PluginDeps = { ...context.deps, credential: (id) => readCurrent(id) };
  const open = <Client>(plugins: readonly Plugin<Client>[], entry: PluginEntry): Promise<Client> => {
    const plugin = plugins.find((candidate) => candidate.name === entry.use);
    if (plugin === undefined) throw new RotationError('ConfigInvalid', { subject: `plugin ${entry.use}` });
    return plugin.create(entry.config, deps);
  };
  const backend = async (entry: SecretEntry) =>
    learning(await open(catalog.backends, backendOf(config, entry)), scrubber);
  const readCurrent = async (id: string): Promise<Secret> => {
    const entry = config.secrets.get(id);
    if (entry === undefined) throw new RotationError('SecretUnknown', { subject: id });
    try {
      return (await (await backend(entry)).read(refOf(entry), 'current')).value;
    } catch (error) {
      if (isRotationError(error, 'SecretNotFound')) throw new RotationError('ReferenceMissing', { subject: id });
      throw error;
    }
  };
  return {
    backend,
    secretType: async (entry) => learningType(await secretTypeOf(entry, catalog).create(entry.target, deps), scrubber),
    propagator: (entry) => open(catalog.propagators, entry),
    restarter: (entry) => open(catalog.restarters, entry),
    verifier: (entry) => open(catalog.verifiers, entry),
    notifier: (entry) => open(catalog.notifiers, entry),
  };
}

function backendOf(config: Config, entry: SecretEntry): PluginEntry {
  const backend = config.backends[entry.backend];
  if (backend === undefined)
    throw new RotationError('ConfigInvalid', { subject: `backend ${entry.backend} of ${entry.id}` });
  return backend;
}

const learning = (client: BackendClient, scrubber: Scrubber): BackendClient => ({
  stage: (...args) => client.stage(...args),
  promote: (...args) => client.promote(...args),
  demote: (...args) => client.demote(...args),
  discard: (...args) => client.discard(...args),
  versions: (...args) => client.versions(...args),
  read: async (...args) => {
    const credential = await client.read(...args);
    scrubber.learn(credential.value, OPEN_FIELDS);
    return credential;
  },
});

const learningType = (client: SecretTypeClient, scrubber: Scrubber): SecretTypeClient => ({
  prepare: (...args) => client.prepare(...args),
  install: (...args) => client.install(...args),
  uninstall: (...args) => client.uninstall(...args),
  probe: (...args) => client.probe(...args),
  quiet: (...args) => client.quiet(...args),
  retire: (...args) => client.retire(...args),
  sessions: (...args) => client.sessions(...args),
  generate: async (...args) => {
    const value = await client.generate(...args);
    scrubber.learn(value, OPEN_FIELDS);
    return value;
  },
});

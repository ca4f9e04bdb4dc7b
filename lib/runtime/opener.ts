import type { Catalog } from '../core/catalog.ts';
import { clusterOf } from '../core/cluster.ts';
import type { Config, PluginEntry, SecretEntry } from '../core/config.ts';
import { isRotationError, RotationError } from '../core/errors.ts';
import type { IssuerClient } from '../core/issuer-ports.ts';
import { secretTypeOf } from '../core/plan.ts';
import type { BackendClient, Plugin, PluginDeps, SecretTypeClient, VerifierClient } from '../core/ports.ts';
import { refOf } from '../core/run.ts';
import type { Secret } from '../core/secret.ts';
import type { Opener } from '../core/step.ts';
import type { BackendClients } from './backend-clients.ts';
import type { Scrubber } from './scrubber.ts';

/** Logins, the ids of keys and what is published are no secrets: people look for them at the target. */
const OPEN_FIELDS = ['username', 'id', 'kid', 'algorithm', 'jwks'];

export interface OpenerContext {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly deps: Omit<PluginDeps, 'credential' | 'issuer' | 'certificateIssuer' | 'cluster'>;
  /** Told of every value that passes, so that no sink shows it. */
  readonly scrubber: Scrubber;
  /** How long the client of a backend lives. */
  readonly lifetime: (open: (name: string) => Promise<BackendClient>) => BackendClients;
}

export interface Opened {
  readonly open: Opener;
  /** Ends every login that was taken. */
  close(): Promise<void>;
}

/** Opens plugins for one call of one step; its clients are not kept. */
export function makeOpener(context: OpenerContext): Opened {
  const { config, catalog, scrubber, lifetime } = context;
  const deps: PluginDeps = {
    ...context.deps,
    credential: (id) => readCurrent(id),
    cluster: (name) => clusterOf(config, name),
    issuer: async (use) => learningIssuer(await open(catalog.issuers, { use: use.use, config: use }), scrubber),
    certificateIssuer: (use) => open(catalog.certificateIssuers, { use: use.use, config: use }),
  };
  const open = <Client>(plugins: readonly Plugin<Client>[], entry: PluginEntry): Promise<Client> => {
    const plugin = plugins.find((candidate) => candidate.name === entry.use);
    if (plugin === undefined) throw new RotationError('ConfigInvalid', { subject: `plugin ${entry.use}` });
    return plugin.create(entry.config, deps);
  };
  const clients = lifetime((name) => open(catalog.backends, backendOf(config, name)));
  const backend = async (entry: SecretEntry) => learning(await clients.get(entry.backend), scrubber);
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
  const opener: Opener = {
    backend,
    secretType: async (entry) => learningType(await secretTypeOf(entry, catalog).create(entry.target, deps), scrubber),
    propagator: (entry) => open(catalog.propagators, entry),
    restarter: (entry) => open(catalog.restarters, entry),
    verifier: async (entry) => scrubbingVerifier(await open(catalog.verifiers, entry), scrubber),
    notifier: (entry) => open(catalog.notifiers, entry),
  };
  return { open: opener, close: clients.close };
}

function backendOf(config: Config, name: string): PluginEntry {
  const backend = config.backends[name];
  if (backend === undefined) throw new RotationError('ConfigInvalid', { subject: `backend ${name}` });
  return backend;
}

const learning = (client: BackendClient, scrubber: Scrubber): BackendClient => ({
  stage: (...args) => client.stage(...args),
  promote: (...args) => client.promote(...args),
  demote: (...args) => client.demote(...args),
  discard: (...args) => client.discard(...args),
  versions: (...args) => client.versions(...args),
  ...(client.rekey !== undefined && { rekey: client.rekey.bind(client) }),
  read: async (...args) => {
    const credential = await client.read(...args);
    scrubber.learn(credential.value, OPEN_FIELDS);
    return credential;
  },
});

const learningType = (client: SecretTypeClient, scrubber: Scrubber): SecretTypeClient => ({
  prepare: async (...args) => {
    const { statements, blocked } = await client.prepare(...args);
    return { statements: statements.map(scrubber.scrub), blocked: blocked.map(scrubber.scrub) };
  },
  install: (...args) => client.install(...args),
  uninstall: (...args) => client.uninstall(...args),
  probe: (...args) => client.probe(...args),
  quiet: async (...args) => {
    const found = await client.quiet(...args);
    return { ...found, why: scrubber.scrub(found.why) };
  },
  retire: (...args) => client.retire(...args),
  ...(client.abandon !== undefined && { abandon: client.abandon.bind(client) }),
  sessions: (...args) => client.sessions(...args),
  generate: async (...args) => {
    const value = await client.generate(...args);
    if (value !== undefined) scrubber.learn(value, OPEN_FIELDS);
    return value;
  },
  ...(client.rewrap !== undefined && { rewrap: client.rewrap.bind(client) }),
});

/** Its secret type may log what it does before it hands the value on. */
const learningIssuer = (client: IssuerClient, scrubber: Scrubber): IssuerClient => ({
  withdraw: (...args) => client.withdraw(...args),
  revoke: (...args) => client.revoke(...args),
  lastUsed: (...args) => client.lastUsed(...args),
  probe: (...args) => client.probe(...args),
  ...(client.register !== undefined && { register: client.register.bind(client) }),
  issue: async (...args) => {
    const value = await client.issue(...args);
    scrubber.learn(value, OPEN_FIELDS);
    return value;
  },
});

/** A reason goes into evidence, history and output: what a plugin tells there is scrubbed where it tells it. */
const scrubbingVerifier = (client: VerifierClient, scrubber: Scrubber): VerifierClient => ({
  check: async (...args) => {
    const { verdict, why } = await client.check(...args);
    return { verdict, why: scrubber.scrub(why) };
  },
});

import { z } from 'zod';
import type { Catalog } from '../../../lib/core/catalog.ts';
import { RotationError } from '../../../lib/core/errors.ts';
import { definePlugin, defineSecretType } from '../../../lib/core/plugin.ts';
import type {
  BackendClient,
  Credential,
  NotifierClient,
  PropagatorClient,
  RestarterClient,
  SecretTypeClient,
  Switch,
  VerifierClient,
} from '../../../lib/core/ports.ts';
import { Secret } from '../../../lib/core/secret.ts';
import type { StoredVersion } from './store.ts';
import { loginOf } from './target.ts';
import type { World } from './world.ts';

/** In every value that a rotation makes; chosen so that each encoding of it looks different. */
export const NEW_CANARY = 'nEw-"7f%3 $x\\ü\'b9/+=Zq';
export const OLD_CANARY = 'oLd-"5e%1 &y\\ö\'c8/+=Wp42';

const applied = (did: boolean) => (did ? 'applied' : 'not-applied');
const login = ({ value }: Credential) => loginOf(value.reveal());

/** Plugins of the simulated world, as a catalog of their own. */
export function catalogOf(world: World): Catalog {
  return {
    secretTypes: [loginType(world)],
    backends: [
      definePlugin({
        name: 'shelf',
        summary: 'A store.',
        config: z.strictObject({ use: z.literal('shelf') }),
        create: () => shelf(world),
      }),
    ],
    propagators: [copier(world)],
    restarters: [restarter(world)],
    verifiers: [asker(world)],
    notifiers: [pager(world)],
  };
}

const loginConfig = z.strictObject({
  identity: z.string(),
  roles: z.tuple([z.string(), z.string()]),
  host: z.string(),
});

const loginType = (world: World) =>
  defineSecretType({
    name: 'login',
    summary: 'Two login roles, alternating.',
    config: loginConfig,
    capabilities: ['dual', 'sessions'],
    flow: 'overlap',
    fields: ['username', 'password'],
    overlap: () => ({ kind: 'dual' }),
    templateFields: ({ host }) => ({ host }),
    identities: ({ identity }) => [identity],
    create: ({ roles }, { random }) => loginClient(world, roles, random),
  });

function loginClient(world: World, roles: readonly string[], random: World['random']): SecretTypeClient {
  const { target } = world;
  const act = <T>(action: string, { version }: Credential, work: () => T) => world.act('target', action, version, work);
  const sessionsOf = (username: string) =>
    [...world.consumers.values()]
      .filter((consumer) => consumer.principals().includes(username))
      .map(({ name }) => name);
  return {
    generate: async ({ current }) => {
      const username = roles.find((role) => role !== current.field('username')) ?? '';
      return Secret.of({ username, password: `${NEW_CANARY}${Buffer.from(random.bytes(8)).toString('hex')}` });
    },
    prepare: async () => ({ statements: [], blocked: [] }),
    install: ({ next }) =>
      act('install', next, () => {
        if (target.refusals-- > 0) throw new RotationError('ValueRefused', { subject: 'the simulated target' });
        return applied(target.add(login(next)));
      }),
    uninstall: ({ next }) => act('uninstall', next, () => applied(target.remove(login(next)))),
    probe: (credential) => act('probe', credential, () => (target.accepts(login(credential)) ? 'accepted' : 'refused')),
    quiet: ({ previous }) =>
      act('quiet', previous, () => {
        const users = sessionsOf(login(previous).username);
        return { quiet: users.length === 0, why: users.length === 0 ? 'no session' : `used by ${users.join(', ')}` };
      }),
    retire: (change) => act('retire', change.previous, () => applied(revoke(world, change, sessionsOf))),
    sessions: async () => [],
  };
}

/** Revokes the old login, and notes who was still on it. */
function revoke(world: World, { next, previous }: Switch, sessionsOf: (username: string) => string[]): boolean {
  const { username } = login(previous);
  const did = world.target.remove(login(previous));
  const users = [...world.consumers.values()].filter(({ running }) => running.version === previous.version);
  const secretId = [...world.consumers.values()].find(({ copy }) => copy.version === next.version)?.secretId ?? '';
  if (did) {
    const stillOnOld = users.map(({ name }) => name);
    world.revocations.push({ secretId, version: previous.version, stillOnOld, sessions: sessionsOf(username) });
  }
  for (const consumer of world.consumers.values()) consumer.endSessions(username);
  return did;
}

function shelf(world: World): BackendClient {
  const { store } = world;
  const act = <T>(action: string, path: string, work: () => T) => world.act('store', action, path, work);
  const credential = ({ version, fields }: StoredVersion) => ({ version, value: Secret.of(fields) });
  const since = () => new Date(world.clock.now()).toISOString();
  return {
    stage: ({ path }, version, value) =>
      act('stage', path, () => store.stage(path, { version, since: since(), fields: value.reveal() })),
    read: ({ path }, version) => act('read', path, () => credential(store.read(path, version))),
    promote: ({ path }, version, expected) => act('promote', path, () => store.promote(path, version, expected)),
    demote: ({ path }, version, previous) => act('demote', path, () => store.demote(path, version, previous)),
    discard: ({ path }, version) => act('discard', path, () => store.discard(path, version)),
    versions: ({ path }) => act('versions', path, () => store.versions(path)),
  };
}

const copier = (world: World) =>
  definePlugin({
    name: 'copy',
    summary: "A consumer's copy.",
    config: z.strictObject({ use: z.literal('copy'), of: z.string() }),
    create: ({ of }): PropagatorClient => ({
      put: ({ version, values }) =>
        world.act('copy', 'put', of, () => applied(world.consumer(of).put({ version, fields: values.reveal() }))),
      current: () => world.act('copy', 'current', of, () => world.consumer(of).copy.version),
    }),
  });

const restarter = (world: World) =>
  definePlugin({
    name: 'rollout',
    summary: 'A rolling restart.',
    config: z.strictObject({ use: z.literal('rollout') }),
    create: (): RestarterClient => ({
      restart: ({ consumer, rotationId, version }) =>
        world.act('process', 'restart', consumer, () =>
          applied(world.consumer(consumer).restart(`${rotationId}/${version}`, world.clock.now())),
        ),
      status: ({ consumer, rotationId, version }) =>
        world.act('process', 'status', consumer, () => {
          const state = world.consumer(consumer).status(`${rotationId}/${version}`, world.clock.now());
          return { state, why: `its rollout is ${state}` };
        }),
      undo: ({ consumer }) => world.act('process', 'undo', consumer, () => applied(world.consumer(consumer).undo())),
    }),
  });

const asker = (world: World) =>
  definePlugin({
    name: 'asked',
    summary: 'The consumer says which version it uses.',
    config: z.strictObject({ use: z.literal('asked') }),
    create: (): VerifierClient => ({
      check: ({ consumer: name, expected }) =>
        world.act('process', 'check', name, () => {
          const consumer = world.consumer(name);
          if (consumer.isSilent()) return { verdict: 'inconclusive', why: 'it does not answer' };
          const uses = consumer.running.version;
          return { verdict: uses === expected.version ? 'verified' : 'rejected', why: `it uses ${uses}` };
        }),
    }),
  });

const pager = (world: World) =>
  definePlugin({
    name: 'pager',
    summary: 'Rings.',
    config: z.strictObject({ use: z.literal('pager') }),
    create: (): NotifierClient => ({
      send: (notice) => world.act('pager', 'send', notice.occasion, () => void world.notices.push(notice)),
    }),
  });

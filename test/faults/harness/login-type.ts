import { z } from 'zod';
import { RotationError } from '../../../lib/core/errors.ts';
import { defineSecretType } from '../../../lib/core/plugin.ts';
import type { Credential, Random, SecretTypeClient, Switch } from '../../../lib/core/ports.ts';
import { Secret } from '../../../lib/core/secret.ts';
import { loginOf } from './target.ts';
import type { Hands, World } from './world.ts';

/** At the head of every value that a rotation makes, and of those before it; each encoding of them looks different. */
export const NEW_CANARY = 'nEw-"7f%3 $x\\ü\'b9/+=Zq';
export const OLD_CANARY = 'oLd-"5e%1 &y\\ö\'c8/+=Wp';

const loginConfig = z.strictObject({
  identity: z.string(),
  roles: z.tuple([z.string(), z.string()]),
  host: z.string(),
});

/** Two login roles, alternating: old and new are valid at the same time. */
export const loginType = (hands: Hands) =>
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
    create: ({ roles }, { random }) => loginClient(hands, roles, random),
  });

const applied = (did: boolean) => (did ? 'applied' : 'not-applied');
const login = ({ value }: Credential) => loginOf(value.reveal());

function loginClient(hands: Hands, roles: readonly string[], random: Random): SecretTypeClient {
  const { world } = hands;
  const act = <T>(action: string, { version }: Credential, work: () => T) => hands.act('target', action, version, work);
  return {
    generate: async ({ current }) => {
      const username = roles.find((role) => role !== current.field('username')) ?? '';
      return Secret.of({ username, password: `${NEW_CANARY}${Buffer.from(random.bytes(8)).toString('hex')}` });
    },
    prepare: async () => ({ statements: [], blocked: [] }),
    install: ({ next }) => act('install', next, () => applied(install(world, next))),
    uninstall: ({ next }) => act('uninstall', next, () => applied(world.target.remove(login(next)))),
    probe: (credential) =>
      act('probe', credential, () => (world.target.accepts(login(credential)) ? 'accepted' : 'refused')),
    quiet: ({ previous }) =>
      act('quiet', previous, () => {
        const users = usersOf(world, login(previous).username);
        return { quiet: users.length === 0, why: users.length === 0 ? 'no session' : `used by ${users.join(', ')}` };
      }),
    retire: (change) => act('retire', change.previous, () => applied(revoke(world, change))),
    sessions: async () => [],
  };
}

const usersOf = (world: World, username: string): string[] =>
  [...world.consumers.values()].filter((consumer) => consumer.principals().includes(username)).map(({ name }) => name);

function install(world: World, next: Credential): boolean {
  if (world.target.refusals-- > 0) throw new RotationError('ValueRefused', { subject: 'the simulated target' });
  return world.target.add(login(next));
}

/** Revokes the old login, and notes who was still on it. */
function revoke(world: World, { next, previous }: Switch): boolean {
  const { username } = login(previous);
  const did = world.target.remove(login(previous));
  const all = [...world.consumers.values()];
  if (did) {
    world.revocations.push({
      secretId: all.find(({ copy }) => copy.version === next.version)?.secretId ?? '',
      version: previous.version,
      stillOnOld: all.filter(({ running }) => running.version === previous.version).map(({ name }) => name),
      sessions: usersOf(world, username),
    });
  }
  for (const consumer of all) consumer.endSessions(username);
  return did;
}

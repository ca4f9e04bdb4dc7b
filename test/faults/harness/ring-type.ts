import { z } from 'zod';
import { RotationError } from '../../../lib/core/errors.ts';
import { defineSecretType } from '../../../lib/core/plugin.ts';
import type { Credential, GenerateRequest, Random, SecretTypeClient, Switch } from '../../../lib/core/ports.ts';
import { Secret } from '../../../lib/core/secret.ts';
import {
  acceptableIn,
  keyOf,
  pruned,
  published,
  type Ring,
  ringOf,
  switched,
} from '../../../lib/plugins/keyring/ring.ts';
import { NEW_CANARY } from './login-type.ts';
import { CACHE_SECONDS, TOKEN_SECONDS } from './ring-target.ts';
import type { Hands, World } from './world.ts';

const ringConfig = z.strictObject({ identity: z.string(), host: z.string() });

/** A ring of keys that sign tokens and encrypt records. */
export const ringType = (hands: Hands) =>
  defineSecretType({
    name: 'ring',
    summary: 'A ring of keys.',
    config: ringConfig,
    capabilities: ['dual'],
    flow: 'keyring',
    fields: ['kid', 'keyring'],
    overlap: () => ({ kind: 'dual' }),
    waits: () => ({ publish: CACHE_SECONDS, switch: TOKEN_SECONDS }),
    templateFields: ({ host }) => ({ host }),
    identities: ({ identity }) => [identity],
    create: (_config, { random }) => ringClient(hands, random),
  });

/** The fields of a ring. */
export const ringFields = (ring: Ring) => ({ kid: keyOf(ring).kid, keyring: JSON.stringify(ring) });

const kidsOf = (keys: Ring['keys']) => keys.map(({ kid }) => kid);
const ringIn = ({ value }: Credential) => ringOf(value);
const applied = (did: boolean) => (did ? 'applied' : 'not-applied');
/** Records that one call rewraps. */
const BATCH = 3;

function ringClient(hands: Hands, random: Random): SecretTypeClient {
  const { world } = hands;
  const act = <T>(action: string, { version }: Credential, work: () => T) => hands.act('target', action, version, work);
  return {
    generate: async (request) => {
      const ring = nextRing(request, random, world);
      return ring && Secret.of(ringFields(ring));
    },
    prepare: async () => ({ statements: [], blocked: [] }),
    install: (change) => act('install', change.next, () => applied(install(world, change))),
    uninstall: (change) =>
      act('uninstall', change.next, () => applied(show(world, change, acceptableIn(ringIn(change.previous))))),
    probe: (credential, part) =>
      act('probe', credential, () =>
        world.ring.published.has(keyOf(ringIn(credential), part).kid) ? 'accepted' : 'refused',
      ),
    quiet: ({ previous, switchedAt }) =>
      act('quiet', previous, () => {
        const { kid } = keyOf(ringIn(previous));
        const isOver = world.clock.now() >= (switchedAt ?? world.clock.now()) + TOKEN_SECONDS * 1000;
        const isReferred = world.ring.references().includes(kid);
        return { quiet: isOver && !isReferred, why: isReferred ? 'records are under it' : `its tokens: ${isOver}` };
      }),
    rewrap: (change) =>
      act('rewrap', change.next, () => {
        const { kid } = keyOf(ringIn(change.next));
        const others = kidsOf(ringIn(change.next).keys).filter((other) => other !== kid);
        world.ring.rewrap(others, kid, BATCH);
        return { remaining: world.ring.references().filter((other) => others.includes(other)).length };
      }),
    retire: (change) => act('retire', change.previous, () => applied(revoke(world, change))),
    sessions: async () => [],
  };
}

function nextRing({ current, stage }: GenerateRequest, random: Random, world: World): Ring | undefined {
  const at = new Date(world.clock.now()).toISOString();
  const ring = ringOf(current);
  if (stage === 'switch') return switched(ring, at);
  if (stage === 'prune') return pruned(ring, at);
  const [area = ''] = keyOf(ring).kid.split('-');
  const hex = () => Buffer.from(random.bytes(8)).toString('hex');
  return published(ring, { kid: `${area}-${hex()}`, material: `${NEW_CANARY}${hex()}` }, at);
}

function install(world: World, change: Switch): boolean {
  if (change.stage === 'publish' && world.target.refusals-- > 0)
    throw new RotationError('ValueRefused', { subject: 'the simulated target' });
  return show(world, change, acceptableIn(ringIn(change.next)));
}

function show(world: World, { next, previous }: Switch, keys: Ring['keys']): boolean {
  const own = [...kidsOf(ringIn(next).keys), ...kidsOf(ringIn(previous).keys)];
  return world.ring.show(kidsOf(keys), own, world.clock.now());
}

/** Takes the old key away, and notes what still needed it. */
function revoke(world: World, change: Switch): boolean {
  const { kid } = keyOf(ringIn(change.previous));
  const did = show(world, change, [keyOf(ringIn(change.next))]);
  const all = [...world.consumers.values()];
  const needed = [
    ...(world.ring.alive(world.clock.now()).includes(kid) ? ['tokens'] : []),
    ...(world.ring.references().includes(kid) ? ['records'] : []),
  ];
  if (did)
    world.revocations.push({
      secretId: all.find(({ copy }) => copy.version === change.next.version)?.secretId ?? '',
      version: change.previous.version,
      stillOnOld: all.filter(({ running }) => running.fields.kid === kid).map(({ name }) => name),
      sessions: needed,
    });
  return did;
}

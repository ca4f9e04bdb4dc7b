import { z } from 'zod';
import { RotationError } from '../../../lib/core/errors.ts';
import { defineSecretType } from '../../../lib/core/plugin.ts';
import type { Credential, GenerateRequest, Random, SecretTypeClient, Switch } from '../../../lib/core/ports.ts';
import { Secret } from '../../../lib/core/secret.ts';
import { NEW_CANARY } from './login-type.ts';
import type { Hands, World } from './world.ts';

const leafConfig = z.strictObject({ identity: z.string(), host: z.string() });

/** A certificate whose authority changes at each rotation: every stage has something to do. */
export const leafType = (hands: Hands) =>
  defineSecretType({
    name: 'leaf',
    summary: 'A certificate under an authority.',
    config: leafConfig,
    capabilities: ['dual'],
    flow: 'reissue',
    fields: ['serial', 'authority', 'bundle', 'key'],
    overlap: () => ({ kind: 'dual' }),
    templateFields: ({ host }) => ({ host }),
    identities: ({ identity }) => [identity],
    create: (_config, { random }) => leafClient(hands, random),
  });

/** The authorities that a value's holder trusts, the newest last. */
export const bundleIn = ({ bundle = '[]' }: Readonly<Record<string, string>>): string[] =>
  z.array(z.string()).parse(JSON.parse(bundle));

const serialOf = ({ value }: Credential) => value.field('serial') ?? '';
const applied = (did: boolean) => (did ? 'applied' : 'not-applied');

function leafClient(hands: Hands, random: Random): SecretTypeClient {
  const { world } = hands;
  const act = <T>(action: string, { version }: Credential, work: () => T) => hands.act('target', action, version, work);
  return {
    generate: async (request) => nextLeaf(request, random),
    prepare: async () => ({ statements: [], blocked: [] }),
    install: (change) => act('install', change.next, () => applied(issue(world, change))),
    uninstall: (change) =>
      act('uninstall', change.next, () =>
        applied(change.stage === 'switch' && world.leaves.delete(serialOf(change.next))),
      ),
    probe: (credential) =>
      act('probe', credential, () => (world.leaves.has(serialOf(credential)) ? 'accepted' : 'refused')),
    quiet: ({ previous }) =>
      act('quiet', previous, () => {
        const users = servedBy(world, serialOf(previous));
        return { quiet: users.length === 0, why: `it is served by ${users.length}` };
      }),
    retire: (change) => act('retire', change.previous, () => applied(revoke(world, change))),
    sessions: async () => [],
  };
}

function nextLeaf({ current, stage }: GenerateRequest, random: Random): Secret {
  const hex = () => Buffer.from(random.bytes(8)).toString('hex');
  const { serial = '', authority = '', key = '', ...rest } = current.reveal();
  const bundle = bundleIn(rest);
  const [area = ''] = serial.split('-');
  const leaf = { serial, authority, key };
  if (stage === 'publish') return Secret.of({ ...leaf, bundle: JSON.stringify([...bundle, `${area}-ca-${hex()}`]) });
  if (stage === 'prune') return Secret.of({ ...leaf, bundle: JSON.stringify([authority]) });
  const fresh = { serial: `${area}-${hex()}`, authority: bundle.at(-1) ?? '', key: `${NEW_CANARY}${hex()}` };
  return Secret.of({ ...fresh, bundle: JSON.stringify(bundle) });
}

function issue(world: World, { next, stage }: Switch): boolean {
  if (stage !== 'switch') return false;
  if (world.target.refusals-- > 0) throw new RotationError('ValueRefused', { subject: 'the simulated authority' });
  const isNew = !world.leaves.has(serialOf(next));
  world.leaves.add(serialOf(next));
  return isNew;
}

const servedBy = (world: World, serial: string): string[] =>
  [...world.consumers.values()].filter(({ running }) => running.fields.serial === serial).map(({ name }) => name);

/** Revokes the old certificate, and notes who still served it. */
function revoke(world: World, { next, previous }: Switch): boolean {
  const did = world.leaves.delete(serialOf(previous));
  const holder = [...world.consumers.values()].find(({ copy }) => copy.version === next.version);
  const stillOnOld = servedBy(world, serialOf(previous));
  if (did)
    world.revocations.push({ secretId: holder?.secretId ?? '', version: previous.version, stillOnOld, sessions: [] });
  return did;
}

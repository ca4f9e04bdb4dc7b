import { z } from 'zod';
import type { Catalog } from '../../../lib/core/catalog.ts';
import type { NotifierClient } from '../../../lib/core/notices.ts';
import { definePlugin } from '../../../lib/core/plugin.ts';
import type { BackendClient } from '../../../lib/core/ports.ts';
import { Secret } from '../../../lib/core/secret.ts';
import { asker, copier, restarter } from './consumer-plugins.ts';
import { leafType } from './leaf-type.ts';
import { loginType } from './login-type.ts';
import { ringType } from './ring-type.ts';
import type { StoredVersion } from './store.ts';
import type { Hands } from './world.ts';

/** The simulated world as plugins, for one call. */
export function catalogOf(hands: Hands): Catalog {
  return {
    secretTypes: [loginType(hands), ringType(hands), leafType(hands)],
    issuers: [],
    certificateIssuers: [],
    backends: [shelf(hands)],
    propagators: [copier(hands)],
    restarters: [restarter(hands)],
    verifiers: [asker(hands)],
    notifiers: [pager(hands)],
  };
}

const shelfConfig = z.strictObject({ use: z.literal('shelf') });

const shelf = (hands: Hands) =>
  definePlugin({ name: 'shelf', summary: 'A store.', config: shelfConfig, create: () => shelfClient(hands) });

function shelfClient({ world, act }: Hands): BackendClient {
  const { store } = world;
  const credential = ({ version, fields }: StoredVersion) => ({ version, value: Secret.of(fields) });
  const since = () => new Date(world.clock.now()).toISOString();
  return {
    stage: ({ path }, version, value) =>
      act('store', 'stage', path, () => store.stage(path, { version, since: since(), fields: value.reveal() })),
    read: ({ path }, version) => act('store', 'read', path, () => credential(store.read(path, version))),
    promote: ({ path }, version, expected) =>
      act('store', 'promote', path, () => store.promote(path, version, expected)),
    demote: ({ path }, version, previous) => act('store', 'demote', path, () => store.demote(path, version, previous)),
    discard: ({ path }, version) => act('store', 'discard', path, () => store.discard(path, version)),
    versions: ({ path }) => act('store', 'versions', path, () => store.versions(path)),
  };
}

const pagerConfig = z.strictObject({ use: z.literal('pager') });

const pager = ({ world, act }: Hands) =>
  definePlugin({
    name: 'pager',
    summary: 'Rings.',
    config: pagerConfig,
    create: (): NotifierClient => ({
      send: (notice) => act('pager', 'send', notice.occasion, () => void world.notices.push(notice)),
    }),
  });

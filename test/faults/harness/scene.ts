import type { Config } from '../../../lib/core/config.ts';
import { checkConfig } from '../../../lib/core/config-checks.ts';
import { versionIdOf } from '../../../lib/core/names.ts';
import { catalogOf } from './catalog.ts';
import { Consumer } from './consumer.ts';
import { OLD_CANARY } from './login-type.ts';
import { ringFields } from './ring-type.ts';
import { loginOf } from './target.ts';
import type { World } from './world.ts';

/** The secret that is rotated, and one beside it that shares the target's identity and nothing else. */
export const ORDERS = 'production/database/orders';
export const BILLING = 'production/database/billing';

export interface SceneOptions {
  /** What is rotated; `login` when absent. */
  readonly kind?: 'login' | 'ring' | 'leaf';
  readonly classification?: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
  /** Of the orders secret; later ones start in later waves. */
  readonly consumers?: readonly string[];
  readonly maxParallelRestarts?: number;
}

const PEOPLE = {
  ciso: ['cleo'],
  security: ['sam'],
  manager: ['mona'],
  'team-lead': ['tess'],
  engineer: ['abe', 'bea', 'ada'],
};

const consumerOf = (name: string, wave: number) => ({
  name,
  propagate: { use: 'copy', of: name },
  restart: { use: 'rollout', wave },
  verify: [{ use: 'asked' }],
});

const PLACE = { identity: 'db.internal:5432', host: 'db.internal' };

const secretOf = (area: string, consumers: readonly object[], { classification = 'HIGH', kind }: SceneOptions) => ({
  type: kind ?? 'login',
  classification,
  owner: 'team-orders',
  target: kind === 'ring' || kind === 'leaf' ? PLACE : { ...PLACE, roles: [`${area}_a`, `${area}_b`] },
  consumers,
});

/** A configuration of one secret; `extra` changes the entry. */
function configOf(world: World, id: string, entry: object): Config {
  const raw = {
    version: 1,
    organization: 'acme',
    environments: { production: {} },
    people: PEOPLE,
    backends: { main: { use: 'shelf' } },
    notifiers: [{ use: 'pager', on: ['started', 'approval', 'committed', 'failed', 'quarantined'] }],
    secrets: { [id]: entry },
  };
  const checked = checkConfig(raw, catalogOf(world.for(undefined)));
  if ('config' in checked) return checked.config;
  throw new Error(`the scene's configuration has problems: ${JSON.stringify(checked.problems)}`);
}

/** The configuration of the orders secret with some change to its entry, and the other secret beside it. */
export function sceneConfig(world: World, options: SceneOptions = {}, change: object = {}): Config {
  const { consumers = ['api', 'worker'] } = options;
  const own = consumers.map((name, index) => consumerOf(name, Math.min(index + 1, 2)));
  const orders = configOf(world, ORDERS, { ...secretOf('orders', own, options), ...change });
  const billing = configOf(world, BILLING, secretOf('billing', [consumerOf('billing', 1)], options));
  const { maxParallelRestarts = orders.maxParallelRestarts } = options;
  return { ...orders, maxParallelRestarts, secrets: new Map([...orders.secrets, ...billing.secrets]) };
}

/** The first value of each kind, which its target has. */
function firstValue(world: World, type: string, area: string): Readonly<Record<string, string>> {
  if (type === 'ring') {
    const key = { kid: `${area}-first`, state: 'active', since: SINCE, material: `${OLD_CANARY}${area}` } as const;
    world.ring.begin(key.kid);
    return ringFields({ keys: [key] });
  }
  if (type === 'leaf') {
    const authority = `${area}-ca-first`;
    world.leaves.add(`${area}-first`);
    return { serial: `${area}-first`, authority, bundle: JSON.stringify([authority]), key: `${OLD_CANARY}${area}` };
  }
  const fields = { username: `${area}_a`, password: `${OLD_CANARY}${area}` };
  world.target.add(loginOf(fields));
  return fields;
}

const SINCE = '2025-12-01T00:00:00.000Z';

/** Puts the world into the state before a rotation: each secret has one value, which the target and every consumer has. */
export function populate(world: World, config: Config): void {
  for (const entry of config.secrets.values()) {
    const version = versionIdOf(entry.id, 'first value', 1);
    const area = entry.path.split('/').at(-1) ?? '';
    const fields = firstValue(world, entry.type, area);
    world.store.put(entry.path, { current: { version, since: SINCE, fields }, pending: [] });
    const copied = { ...fields, host: 'db.internal', version };
    for (const { name } of entry.consumers) {
      world.consumers.set(name, new Consumer(name, entry.id, { version, fields: copied }));
    }
  }
}

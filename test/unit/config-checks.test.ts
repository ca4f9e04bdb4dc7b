import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';
import { readSource } from '../support/sources.ts';

/** The example of the README, which must hold as it stands. */
const [, README_EXAMPLE = ''] = /```yaml\n(version: 1\n.*?)```/s.exec(readSource('README.md')) ?? [];
const SHOP = 'production/database/shop';

type Tree = Record<string, unknown>;
const at = (tree: unknown, ...path: readonly (string | number)[]): Tree =>
  path.reduce<Tree>((node, key) => Object(node[key]), Object(tree));

/** The errors of the example after a change, as `path: message`. */
function errorsAfter(change: (config: Tree) => void): string[] {
  const config: unknown = parse(README_EXAMPLE);
  change(Object(config));
  const result = parseConfig(stringify(config), builtIn);
  return 'errors' in result ? result.errors.map(({ path, message, remedy }) => `${path}: ${message} | ${remedy}`) : [];
}

const secret = (config: Tree) => at(config, 'secrets', SHOP);
const consumer = (config: Tree) => at(secret(config), 'consumers', 0);
const copyOfShop = (config: Tree, id: string, change: (copy: Tree) => void) => {
  const copy = structuredClone(secret(config));
  change(copy);
  at(config, 'secrets')[id] = copy;
};

describe('the example of the README', () => {
  it('holds', () => {
    expect(README_EXAMPLE).toContain('version: 1');
    expect(errorsAfter(() => undefined)).toEqual([]);
  });
});

describe('what no schema can say', () => {
  it.each<[string, (config: Tree) => void, RegExp]>([
    [
      'a reference to nothing, with the nearest name',
      (config) => Object.assign(at(secret(config), 'target', 'admin'), { secret: 'production/database/shop-admni' }),
      /target\.admin\.secret: names no secret .* did you mean production\/database\/shop-admin\?/,
    ],
    [
      'a secret that refers to itself',
      (config) => Object.assign(at(secret(config), 'target', 'admin'), { secret: SHOP }),
      /refers to itself through production\/database\/shop -> production\/database\/shop/,
    ],
    [
      'a credential in a header that has no such field',
      (config) =>
        Object.assign(consumer(config), {
          verify: [{ use: 'http-status', url: 'https://shop.test/me', send: { Authorization: '{pasword}' } }],
        }),
      /consumers\.0\.verify\.0\.send\.Authorization: \{pasword\} names no field/,
    ],
    [
      'an environment that is not declared',
      (config) => Object.assign(config, { environments: { staging: {} } }),
      /its first part names no environment/,
    ],
    [
      'a backend that is not declared',
      (config) => Object.assign(secret(config), { backend: 'locl' }),
      /backend: names no backend .* did you mean local\?/,
    ],
    [
      'two secrets with one target identity',
      (config) => copyOfShop(config, 'production/database/again', () => undefined),
      /postgresql:db\.internal:5432\/shop_a belongs to production\/database\/shop already/,
    ],
    [
      'two secrets on one field of a path',
      (config) =>
        copyOfShop(config, 'production/database/again', (copy) => Object.assign(copy, { path: 'database/shop' })),
      /field username of local:database\/shop belongs to production\/database\/shop already/,
    ],
    [
      'one slot where the class asks for two',
      (config) => {
        Object.assign(secret(config), { classification: 'CRITICAL' });
        const target = at(secret(config), 'target');
        Object.assign(target, { roles: ['shop_a'] });
        delete target.owner;
      },
      /CRITICAL requires that old and new are valid at the same time/,
    ],
    [
      'one login with two passwords where the class asks to see which is used',
      (config) => oneRedisUser(config, { classification: 'HIGH' }),
      /target: HIGH requires that a session shows its version; name two users/,
    ],
    [
      'one login with two passwords whose consumer reports no version',
      (config) => oneRedisUser(config, { classification: 'LOW' }),
      /consumers\.0\.verify: one login with two passwords needs a consumer that reports its version: verify with http-version/,
    ],
    [
      'a secret without consumers that nobody answers for',
      (config) => delete secret(config).consumers,
      /no consumers: list them, or declare/,
    ],
    [
      'two consumers of one name',
      (config) => Object.assign(secret(config), { consumers: [consumer(config), consumer(config)] }),
      /a consumer named shop-api is there already/,
    ],
    [
      'a placeholder that names no field',
      (config) => Object.assign(at(consumer(config), 'propagate'), { data: { URL: '{user:url}' } }),
      /propagate\.data\.URL: \{user:url\} names no field/,
    ],
    [
      'an encoder that does not exist',
      (config) => Object.assign(at(consumer(config), 'propagate'), { data: { URL: '{password:uri}' } }),
      /\{password:uri\} names no encoder/,
    ],
    [
      'a policy that is laxer without a reason',
      (config) => Object.assign(config, { policy: { CRITICAL: { maxAge: '120d', seats: ['ciso'], grace: '1s' } } }),
      /policy\.CRITICAL\.maxAge: laxer than the policy, which asks for at most 90d/,
    ],
    [
      'a waiver without a reason',
      (config) => {
        Object.assign(consumer(config), { verify: { waived: { reason: 'no', owner: 'me', expires: '2027-01-01' } } });
      },
      /verify\.waived\.reason: give the reason/,
    ],
  ])('%s is an error', (_case, change, expected) => {
    expect(errorsAfter(change).join('\n')).toMatch(expected);
  });

  it('two ids that differ only in their separators have one version line', () => {
    const errors = errorsAfter((config) => {
      copyOfShop(config, 'production/database/s-1', (copy) => separate(copy, 'a'));
      copyOfShop(config, 'production/database/s_1', (copy) => separate(copy, 'b'));
    });
    expect(errors).toEqual([expect.stringContaining('_S_1 is that of production/database/s-1 already')]);
  });

  it('a laxer policy with a reason is none', () => {
    const relax = 'a migration until spring, agreed with the auditors';
    expect(errorsAfter((config) => Object.assign(config, { policy: { HIGH: { maxAge: '200d', relax } } }))).toEqual([]);
  });

  it('one login with two passwords holds for a consumer that reports its version', () => {
    const errors = errorsAfter((config) => {
      oneRedisUser(config, { classification: 'LOW' });
      const verify = [{ use: 'http-version', url: 'http://shop.internal/version' }];
      Object.assign(at(config, 'secrets', 'production/cache/shop', 'consumers', 0), { verify });
    });
    expect(errors).toEqual([]);
  });

  it('all errors come at once', () => {
    const errors = errorsAfter((config) => {
      Object.assign(secret(config), { backend: 'nowhere' });
      Object.assign(consumer(config), { verify: [{ use: 'postgresql-sessions', applicationName: 'shop-api' }] });
      Object.assign(at(consumer(config), 'propagate'), { data: { URL: '{nothing}' } });
      Object.assign(at(secret(config), 'target', 'admin'), { secret: 'production/database/none' });
    });
    expect(errors).toHaveLength(3);
  });
});

const REDIS = { nodes: ['redis.internal:6379'], admin: { secret: 'production/database/shop-admin' }, users: ['shop'] };

/** A second secret, whose consumer proves its connections only by their name. */
function oneRedisUser(config: Tree, entry: object): void {
  copyOfShop(config, 'production/cache/shop', (copy) => {
    Object.assign(copy, { type: 'redis', target: REDIS, ...entry });
    Object.assign(at(copy, 'consumers', 0), {
      propagate: undefined,
      restart: undefined,
      verify: [{ use: 'redis-clients', clientName: 'shop-api' }],
    });
  });
}

/** Roles and path of its own, so that nothing but the id is shared. */
function separate(copy: Tree, name: string): void {
  Object.assign(copy, { path: `database/${name}` });
  Object.assign(at(copy, 'target'), { roles: [`${name}_1`, `${name}_2`] });
}

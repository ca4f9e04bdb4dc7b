import { afterEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../lib/core/catalog.ts';
import { RotationError } from '../../lib/core/errors.ts';
import type { SecretTypeClient } from '../../lib/core/ports.ts';
import { canaryEncodings } from '../support/leak.ts';
import { NEW_CANARY, OLD_CANARY } from './harness/login-type.ts';
import { drive, rotate } from './harness/run.ts';
import { ORDERS } from './harness/scene.ts';
import { Site } from './harness/site.ts';
import { leakOf } from './leaks.ts';

/** A secret type of which some methods do something else. */
const altered =
  (change: (client: SecretTypeClient) => Partial<SecretTypeClient>) =>
  (catalog: Catalog): Catalog => ({
    ...catalog,
    secretTypes: catalog.secretTypes.map((type) => ({
      ...type,
      create: async (config, deps) => {
        const client = await type.create(config, deps);
        return { ...client, ...change(client) };
      },
    })),
  });

/** I9; the sweep hunts for the canaries after each of its faults. */
describe('the canaries of the old and the new credential', () => {
  let site: Site;
  afterEach(() => site.close());

  const run = async (options: ConstructorParameters<typeof Site>[0] = {}) => {
    site = new Site(options);
    const { rotationId } = await rotate(site, ORDERS);
    await drive(site);
    return site.book.records.get(rotationId);
  };

  it('are in store, target and copies, and nowhere else', async () => {
    expect(await run()).toMatchObject({ status: 'COMMITTED' });
    const held = JSON.stringify([...site.world.store.known.values()].map(({ fields }) => fields.password));
    expect(held).toContain(JSON.stringify(NEW_CANARY).slice(1, -1));
    expect(held).toContain(JSON.stringify(OLD_CANARY).slice(1, -1));
    expect(leakOf(site)).toBeUndefined();
  });

  it('are taken out of an error by which a plugin tells them', async () => {
    const plugins = altered(() => ({
      install: async ({ next }) => {
        throw new RotationError('AccessDenied', { subject: `role with ${next.value.field('password')}` });
      },
    }));
    expect(await run({ plugins })).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'AccessDenied' } });
    expect(JSON.stringify(site.journal.records)).toContain('role with <redacted>');
    expect(leakOf(site)).toBeUndefined();
  });

  it('are taken out of the reasons by which a secret type and a verifier tell them', async () => {
    const telling = altered(() => ({
      quiet: async ({ previous }) => ({ quiet: true, why: `quiet of ${previous.value.field('password')}` }),
    }));
    const plugins = (catalog: Catalog): Catalog => ({
      ...telling(catalog),
      verifiers: catalog.verifiers.map((plugin) => ({
        ...plugin,
        create: async (config, deps) => {
          const client = await plugin.create(config, deps);
          return {
            check: async (request) => ({
              ...(await client.check(request)),
              why: `proof by ${request.expected.value.field('password')}`,
            }),
          };
        },
      })),
    });
    expect(await run({ plugins })).toMatchObject({ status: 'COMMITTED' });
    const kept = JSON.stringify(site.journal.records);
    expect(kept).toContain('quiet of <redacted>');
    expect(kept).toContain('proof by <redacted>');
    expect(leakOf(site)).toBeUndefined();
  });

  it.each(canaryEncodings(NEW_CANARY))('would be found in a log, as %j', async (form) => {
    await run();
    site.world.log.push(`a line with ${form}`);
    expect(leakOf(site)).toMatch(/^Error: log leaks the canary/);
  });
});

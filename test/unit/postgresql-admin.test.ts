import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SecretTypeClient } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { SERVERS, type TestServer } from '../support/postgres.ts';
import { type PostgresWorld, postgresWorld } from '../support/postgres-world.ts';

describe.each(SERVERS)('an admin that is no superuser, on $label', ({ absent, start, scoped }) => {
  if (absent) {
    it.skip('needs that server, which is not installed here');
    return;
  }
  let server: TestServer;
  let world: PostgresWorld;
  let client: SecretTypeClient;
  let admin: string;
  let legacy: string;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    world = await postgresWorld(server, 'dual');
    [admin, legacy] = [world.box.role('admin'), world.box.role('legacy')];
    await world.box.sql(`
      CREATE ROLE ${admin} LOGIN CREATEROLE PASSWORD 'admin'; ALTER DATABASE ${world.box.database} OWNER TO ${admin};
      CREATE TABLE public.own (a int); ALTER TABLE public.own OWNER TO ${legacy}`);
    client = await world.open(undefined, { credential: async () => Secret.of({ username: admin, password: 'admin' }) });
  });
  afterEach(() => world.box.drop());

  const entitle = () => (scoped ? world.box.sql(`GRANT ${legacy} TO ${admin} WITH ADMIN OPTION`) : Promise.resolve([]));

  it('rotates, retires and rotates back', async () => {
    await entitle();
    expect((await client.prepare(world.current)).blocked).toEqual([]);
    let current = world.current;
    for (let round = 0; round < 3; round += 1) {
      const running = await world.use(current);
      const change = await world.successor(current);
      expect(await client.install(change)).toBe('applied');
      expect(await client.quiet(change)).toMatchObject({ quiet: false });
      expect(await client.retire(change)).toBe('applied');
      expect([await running.alive(), await client.probe(change.previous), await client.probe(change.next)]).toEqual([
        false,
        'refused',
        'accepted',
      ]);
      current = change.next;
    }
  });

  it.runIf(scoped)('is told which grant it needs since PostgreSQL 16, before anything is changed', async () => {
    const { blocked } = await client.prepare(world.current);
    expect(blocked).toContain(
      `the admin role ${admin} may not run: GRANT "${legacy}" TO "${admin}" WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`,
    );
    await expect(client.install(await world.successor())).rejects.toMatchObject({ name: 'TargetNotPrepared' });
    expect(await world.box.sql('SELECT rolname FROM pg_roles WHERE rolname = $1', [world.box.role('a')])).toEqual([]);
  });

  it("is told which of others' rights it may not pass on", async () => {
    await entitle();
    const other = world.box.role('other');
    await world.box.sql(`
      CREATE ROLE ${other}; CREATE TABLE public.theirs (a int); ALTER TABLE public.theirs OWNER TO ${other};
      GRANT SELECT ON public.theirs TO ${legacy}`);
    const { blocked } = await client.prepare(world.current);
    expect(blocked).toEqual([
      `the admin role ${admin} may not run: GRANT SELECT ON TABLE public.theirs TO ${world.box.role('owner')}`,
    ]);
    await world.box.sql(`GRANT SELECT ON public.theirs TO ${admin} WITH GRANT OPTION`);
    expect((await client.prepare(world.current)).blocked).toEqual([]);
    expect(await client.install(await world.successor())).toBe('applied');
  });

  it('believes no GRANT that the server only warned of, and undoes what it did', async () => {
    await entitle();
    const [other, reads, writes] = ['other', 'reads', 'writes'].map(world.box.role);
    await world.box.sql(`
      CREATE ROLE ${other}; CREATE ROLE ${reads} ROLE ${admin}; CREATE ROLE ${writes} ROLE ${admin};
      CREATE TABLE public.theirs (a int); ALTER TABLE public.theirs OWNER TO ${other};
      GRANT SELECT ON public.theirs TO ${reads} WITH GRANT OPTION; GRANT INSERT ON public.theirs TO ${writes} WITH GRANT OPTION;
      GRANT SELECT, INSERT ON public.theirs TO ${legacy}`);
    await expect(client.install(await world.successor())).rejects.toMatchObject({
      name: 'TargetNotPrepared',
      message: expect.stringMatching(/without effect: GRANT (SELECT|INSERT) ON TABLE public.theirs TO/),
    });
    expect(await world.box.sql('SELECT rolname FROM pg_roles WHERE rolname = $1', [world.box.role('a')])).toEqual([]);
  });

  it('rotates a single role', async () => {
    await entitle();
    const { owner: _, ...config } = world.config;
    const single = await world.open(
      { ...config, roles: [legacy] },
      { credential: async () => Secret.of({ username: admin, password: 'admin' }) },
    );
    const change = await world.successor();
    const renamed = {
      ...change,
      next: { ...change.next, value: Secret.of({ ...change.next.value.reveal(), username: legacy }) },
    };
    const running = await world.use(world.current);
    expect(await single.install(renamed)).toBe('applied');
    expect(await single.retire({ ...renamed, installedAt: Date.now() })).toBe('applied');
    expect([await running.alive(), await single.probe(renamed.next)]).toEqual([false, 'accepted']);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { type Sandbox, type TestServer, testServer } from '../support/postgres.ts';
import { type PostgresWorld, postgresWorld } from '../support/postgres-world.ts';

/** All that an install could change of roles, rights, settings and owners. */
const STATE = `
  SELECT md5(concat(
    (SELECT string_agg(a::text, ';' ORDER BY a.oid) FROM pg_authid a),
    (SELECT string_agg(to_jsonb(m)::text, ';' ORDER BY to_jsonb(m)::text) FROM pg_auth_members m),
    (SELECT string_agg(s::text, ';' ORDER BY s::text) FROM pg_db_role_setting s),
    (SELECT string_agg(d::text, ';' ORDER BY d::text) FROM pg_default_acl d),
    (SELECT string_agg(c.relname || c.relowner || c.relacl::text, ';' ORDER BY c.oid) FROM pg_class c))) AS state`;

type Names = Readonly<Record<'legacy' | 'a' | 'owner' | 'group' | 'database', string>>;

const namesOf = (box: Sandbox): Names => ({
  legacy: box.role('legacy'),
  a: box.role('a'),
  owner: box.role('owner'),
  group: box.role('group'),
  database: box.database,
});

interface Case {
  readonly sql: (names: Names) => string;
  readonly says: (names: Names) => string;
}

const CASES: Readonly<Record<string, Case>> = {
  'the old login is superuser': {
    sql: ({ legacy }) => `ALTER ROLE ${legacy} SUPERUSER`,
    says: ({ legacy }) => `role ${legacy} has SUPERUSER, which an owner role cannot share`,
  },
  'the old login has other attributes': {
    sql: ({ legacy }) => `ALTER ROLE ${legacy} CREATEROLE CREATEDB REPLICATION BYPASSRLS`,
    says: ({ legacy }) => `role ${legacy} has CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS`,
  },
  'the old login does not inherit': {
    sql: ({ legacy }) => `ALTER ROLE ${legacy} NOINHERIT`,
    says: ({ legacy }) => `role ${legacy} does not inherit`,
  },
  'the new login has attributes': {
    sql: ({ a }) => `CREATE ROLE ${a} SUPERUSER`,
    says: ({ a }) => `role ${a} has SUPERUSER`,
  },
  'the new login has run out': {
    sql: ({ a }) => `CREATE ROLE ${a} VALID UNTIL '2020-01-01'`,
    says: ({ a }) => `role ${a} is no longer valid`,
  },
  'the new login does not inherit': {
    sql: ({ a }) => `CREATE ROLE ${a} NOINHERIT`,
    says: ({ a }) => `role ${a} does not inherit`,
  },
  'the new login is a member of more': {
    sql: ({ a, group }) => `CREATE ROLE ${group}; CREATE ROLE ${a} IN ROLE ${group}`,
    says: ({ a, group }) => `role ${a} is a member of ${group}, which the owner role and the current login are not`,
  },
  'the owner role can log in': {
    sql: ({ owner }) => `CREATE ROLE ${owner} LOGIN`,
    says: ({ owner }) => `the owner role ${owner} can log in`,
  },
  'the owner role has attributes': {
    sql: ({ owner }) => `CREATE ROLE ${owner} BYPASSRLS`,
    says: ({ owner }) => `role ${owner} has BYPASSRLS`,
  },
  'the owner role is a member of a login': {
    sql: ({ owner, legacy }) => `CREATE ROLE ${owner} IN ROLE ${legacy}`,
    says: ({ owner, legacy }) => `role ${owner} is a member of ${legacy}`,
  },
  'a group lies between the old login and the owner role': {
    sql: ({ owner, group, legacy }) =>
      `CREATE ROLE ${owner}; CREATE ROLE ${group} IN ROLE ${owner}; GRANT ${group} TO ${legacy}`,
    says: ({ group }) => `role ${group}, of which`,
  },
  'the old login has a credential for another server': {
    sql: ({ legacy }) =>
      `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR ${legacy} SERVER far`,
    says: ({ legacy }) => `role ${legacy} has a user mapping on server far`,
  },
};

describe('what stands against a rotation', () => {
  let server: TestServer;
  let world: PostgresWorld;
  beforeAll(async () => {
    server = await testServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    world = await postgresWorld(server, 'dual');
  });
  afterEach(() => world.box.drop());

  it.each(Object.entries(CASES))('%s: refused, and nothing is changed', async (_label, { sql, says }) => {
    const names = namesOf(world.box);
    await world.box.sql(sql(names));
    const before = await world.box.sql(STATE);
    const client = await world.open();
    const { blocked } = await client.prepare(world.current);
    expect(blocked.join('\n')).toContain(says(names));
    await expect(client.install(await world.successor())).rejects.toMatchObject({
      name: 'TargetNotPrepared',
      message: expect.stringContaining(says(names)),
    });
    expect(await world.box.sql(STATE)).toEqual(before);
  });

  it('somebody uses the next login already: refused, and left alone', async () => {
    const { a } = namesOf(world.box);
    await world.box.sql(`CREATE ROLE ${a} LOGIN PASSWORD 'theirs'`);
    const theirs = await world.box.connect(a, 'theirs');
    await expect((await world.open()).install(await world.successor())).rejects.toMatchObject({
      name: 'TargetNotPrepared',
      message: expect.stringContaining(`role ${a} is in use already (sessions: 1)`),
    });
    await theirs.query('SELECT 1');
  });

  it('the owner role is the login itself: refused', async () => {
    const { legacy } = namesOf(world.box);
    const client = await world.open({ ...world.config, owner: legacy });
    expect((await client.prepare(world.current)).blocked).toContainEqual(
      expect.stringContaining('both the owner and the current login'),
    );
  });

  it.each(['dual', 'single'] as const)(
    'the admin credential is the one that is rotated (%s): refused',
    async (mode) => {
      const own = await postgresWorld(server, mode);
      const client = await own.open(undefined, { credential: async () => own.current.value });
      await expect(client.install(await own.successor())).rejects.toMatchObject({
        name: 'TargetNotPrepared',
        message: expect.stringMatching(/the admin role \w+ is a role that is rotated/),
      });
      await own.box.drop();
    },
  );

  it('an admin that may not alter roles is told so, and shown what to run', async () => {
    const clerk = world.box.role('clerk');
    await world.box.sql(`CREATE ROLE ${clerk} LOGIN PASSWORD 'clerk'`);
    const credential = async () => Secret.of({ username: clerk, password: 'clerk' });
    const client = await world.open(undefined, { credential });
    const { statements, blocked } = await client.prepare(world.current);
    expect(blocked[0]).toBe(`the admin role ${clerk} may not alter roles: ALTER ROLE "${clerk}" CREATEROLE`);
    expect(statements).toContain(`CREATE ROLE "${world.box.role('owner')}" NOLOGIN;`);
    await expect(client.install(await world.successor())).rejects.toMatchObject({ name: 'TargetNotPrepared' });
  });

  it('a login that a single-role target does not name is refused', async () => {
    const { a } = namesOf(world.box);
    await world.box.sql(`CREATE ROLE ${a}`);
    const { owner: _, ...config } = world.config;
    const client = await world.open({ ...config, roles: [a] });
    expect((await client.prepare(world.current)).blocked).toContainEqual(expect.stringContaining(`not as ${a}`));
  });

  it('only the configured roles are ever let in', async () => {
    const client = await world.open();
    const { previous } = await world.successor();
    const next = { version: '9'.repeat(32), value: Secret.of({ username: server.superuser.user, password: 'x' }) };
    await expect(client.install({ previous, next })).rejects.toMatchObject({ name: 'InputInvalid' });
    await expect(client.uninstall({ previous, next })).rejects.toMatchObject({ name: 'InputInvalid' });
    await expect(client.retire({ previous: next, next: next })).rejects.toMatchObject({ name: 'InputInvalid' });
  });

  it('never shuts out the admin role or a superuser', async () => {
    const client = await world.open();
    const { next, previous } = await world.successor();
    await client.install({ next, previous });
    const { user, password } = server.superuser;
    const admin = { version: '9'.repeat(32), value: Secret.of({ username: user, password }) };
    await expect(client.retire({ previous: admin, next })).rejects.toMatchObject({ name: 'TargetNotPrepared' });
    expect(await client.probe(admin)).toBe('accepted');
  });
});

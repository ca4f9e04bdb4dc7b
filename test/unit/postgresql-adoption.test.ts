import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import { made } from '../support/made.ts';
import { SERVERS, type TestServer } from '../support/postgres.ts';
import { type PostgresWorld, postgresWorld } from '../support/postgres-world.ts';

/** Everything that a login can own, be granted, be told or be a member of. */
const estate = ({ box }: PostgresWorld) => {
  const [legacy, group, other, reader] = ['legacy', 'group', 'other', 'reader'].map(box.role);
  return `
    CREATE ROLE ${group}; CREATE ROLE ${other}; CREATE ROLE ${reader}; GRANT ${group} TO ${legacy};
    CREATE SCHEMA ${legacy} AUTHORIZATION ${legacy};
    CREATE TABLE ${legacy}.own (id serial PRIMARY KEY, note text);
    ALTER TABLE ${legacy}.own OWNER TO ${legacy}; ALTER SEQUENCE ${legacy}.own_id_seq OWNER TO ${legacy};
    CREATE FUNCTION ${legacy}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION ${legacy}.f OWNER TO ${legacy};
    CREATE TYPE ${legacy}.mood AS ENUM ('calm'); ALTER TYPE ${legacy}.mood OWNER TO ${legacy};
    GRANT SELECT ON ${legacy}.own TO ${reader};
    CREATE SCHEMA alien AUTHORIZATION ${other}; GRANT USAGE ON SCHEMA alien TO ${legacy};
    CREATE TABLE alien.t (a int, b int); ALTER TABLE alien.t OWNER TO ${other};
    GRANT SELECT (a), UPDATE (b) ON alien.t TO ${legacy}; GRANT INSERT ON alien.t TO ${legacy} WITH GRANT OPTION;
    CREATE TABLE alien."Odd ""name" (a int); GRANT SELECT ON alien."Odd ""name" TO ${legacy};
    CREATE SEQUENCE alien.s; GRANT USAGE ON SEQUENCE alien.s TO ${legacy};
    CREATE PROCEDURE alien.p(x int) LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON PROCEDURE alien.p FROM PUBLIC;
    GRANT EXECUTE ON PROCEDURE alien.p TO ${legacy};
    CREATE DOMAIN alien.d AS int; REVOKE ALL ON DOMAIN alien.d FROM PUBLIC; GRANT USAGE ON DOMAIN alien.d TO ${legacy};
    SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO ${legacy};
    CREATE FOREIGN DATA WRAPPER w; CREATE SERVER fs FOREIGN DATA WRAPPER w; GRANT USAGE ON FOREIGN SERVER fs TO ${legacy};
    GRANT TEMPORARY ON DATABASE ${box.database} TO ${legacy};
    CREATE TABLE public.ruled (a int); GRANT SELECT ON public.ruled TO ${legacy}; INSERT INTO public.ruled VALUES (1);
    ALTER TABLE public.ruled ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON public.ruled TO ${legacy} USING (true);
    CREATE TABLE public.grouped (a int); GRANT SELECT ON public.grouped TO ${group};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${other} IN SCHEMA alien GRANT SELECT ON TABLES TO ${legacy};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${legacy} GRANT SELECT ON TABLES TO ${reader};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${legacy} REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
    ALTER ROLE ${legacy} SET work_mem TO '8MB';
    ALTER ROLE ${legacy} IN DATABASE ${box.database} SET statement_timeout TO '7s'`;
};

/** What a login must be able to do before and after, as one transaction that is undone. */
const chores = ({ box }: PostgresWorld) => `BEGIN;
  INSERT INTO own (note) VALUES ('x'); UPDATE own SET note = 'y'; ALTER TABLE own ADD COLUMN more int;
  SELECT ${box.role('legacy')}.f(), 'calm'::mood;
  SELECT a FROM alien.t; UPDATE alien.t SET b = 1; INSERT INTO alien.t VALUES (1, 2); SELECT * FROM alien."Odd ""name";
  GRANT INSERT ON alien.t TO ${box.role('reader')};
  SELECT nextval('alien.s'); CALL alien.p(1); CREATE TABLE ${box.role('legacy')}.typed (d alien.d);
  SELECT lo_get(4711); CREATE TEMPORARY TABLE gone (a int); SELECT * FROM public.grouped;
  SELECT 1 / count(*) FROM public.ruled;
  SELECT 1 / (current_setting('work_mem') = '8MB' AND current_setting('statement_timeout') = '7s')::int; ROLLBACK`;

const SAMPLE = `
  SELECT relname, relowner::regrole::text AS owner FROM pg_class
  WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'S') ORDER BY relname`;

describe.each(SERVERS)('adoption on $label', ({ absent, start }) => {
  if (absent) {
    it.skip('needs that server, which is not installed here');
    return;
  }
  let server: TestServer;
  let world: PostgresWorld;
  let client: SecretTypeClient;
  let change: Switch;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    world = await postgresWorld(server, 'dual');
    await world.box.sql(estate(world));
    client = await world.open();
    change = await world.successor();
  });
  afterEach(() => world.box.drop());

  const connect = ({ next, previous }: Switch, which: 'next' | 'previous') => {
    const { username = '', password = '' } = (which === 'next' ? next : previous).value.reveal();
    return world.box.connect(username, password);
  };

  it('gives the new login every right of the old one, whose running sessions keep theirs', async () => {
    const running = await connect(change, 'previous');
    await running.query(chores(world));
    expect(await client.install(change)).toBe('applied');
    await running.query(chores(world));
    await (await connect(change, 'previous')).query(chores(world));
    const fresh = await connect(change, 'next');
    await fresh.query(chores(world));
    await client.retire(change);
    await fresh.query(chores(world));
    await (await connect(change, 'next')).query(chores(world));
  });

  it('has the owner role own everything, whichever login creates it', async () => {
    const owner = world.box.role('owner');
    const schema = world.box.role('legacy');
    const running = await connect(change, 'previous');
    await client.install(change);
    const fresh = await connect(change, 'next');
    await fresh.query(`CREATE TABLE ${schema}.by_new (a int)`);
    await running.query(`CREATE TABLE ${schema}.by_old (a int); INSERT INTO ${schema}.by_old VALUES (1)`);
    await fresh.query(`SELECT 1 / count(*) FROM ${schema}.by_old; INSERT INTO ${schema}.by_old VALUES (2)`);
    await running.query(`INSERT INTO ${schema}.by_new VALUES (1)`);
    await client.retire(change);
    const owners = await world.box.sql(SAMPLE, [schema]);
    expect(owners.map(({ relname }) => relname)).toEqual(['by_new', 'by_old', 'own', 'own_id_seq']);
    expect([...new Set(owners.map((row) => row.owner))]).toEqual([owner]);
  });

  it('passes on who may use what is created later', async () => {
    const schema = world.box.role('legacy');
    const reader = world.box.role('reader');
    await client.install(change);
    const fresh = await connect(change, 'next');
    await fresh.query(`CREATE TABLE later (a int); CREATE FUNCTION later_f() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    await world.box.sql(`SET ROLE ${world.box.role('other')}; CREATE TABLE alien.later (a int); RESET ROLE`);
    await fresh.query('SELECT * FROM alien.later');
    const [rights] = await world.box.sql(
      `SELECT has_table_privilege($1, $2 || '.later', 'SELECT') AS reads, has_function_privilege($1, $2 || '.later_f()', 'EXECUTE') AS runs`,
      [reader, schema],
    );
    expect(rights).toEqual({ reads: true, runs: false });
  });

  it('needs it once: later rotations find nothing missing', async () => {
    await client.install(change);
    await client.retire(change);
    const second = await world.successor(change.next);
    await client.install(second);
    await client.retire(second);
    expect(await client.prepare(second.next)).toEqual({ statements: [], blocked: [] });
    await (await connect(second, 'next')).query(chores(world));
  });

  it('can be taken back at any time: the old login works on as it did', async () => {
    await client.install(change);
    await client.uninstall(change);
    await (await connect(change, 'previous')).query(chores(world));
  });

  it('is what prepare shows: run by hand, nothing is left to do but the password', async () => {
    const { statements, blocked } = await client.prepare(change.previous);
    expect(blocked).toEqual([]);
    await world.box.sql(statements.slice(0, -1).join('\n'));
    expect(statements.at(-1)).toMatch(/^ALTER ROLE "\w+_a" LOGIN PASSWORD '<scram verifier computed by keyturn>';$/);
    expect(await client.prepare(change.previous)).toEqual({ statements: [], blocked: [] });
    expect(await client.install(change)).toBe('applied');
  });

  it('adopts a login that stays one of the two', async () => {
    const legacy = world.box.role('legacy');
    const config = { ...world.config, roles: [legacy, world.box.role('b')] };
    const opened = await world.open(config);
    const value = await made(opened, { current: world.current.value, version: '2'.repeat(32), generation: 1 });
    const first = { previous: world.current, next: { version: '2'.repeat(32), value } };
    expect(value.field('username')).toBe(world.box.role('b'));
    await opened.install(first);
    await (await connect(first, 'next')).query(chores(world));
    await opened.retire(first);
    const back = {
      previous: first.next,
      next: {
        version: '3'.repeat(32),
        value: await made(opened, { current: value, version: '3'.repeat(32), generation: 1 }),
      },
    };
    expect(back.next.value.field('username')).toBe(legacy);
    await opened.install(back);
    await (await connect(back, 'next')).query(chores(world));
  });
});

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../support/fake-redis-users.ts';
import { befalls, type FakeRedisWorld, fakeRedisWorld } from '../support/fake-redis-world.ts';
import { login } from '../support/postgres-world.ts';
import { ADMIN_RULES } from '../support/redis-world.ts';

const told = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => inspect(value),
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );

/** What stands against a rotation is in the plan, stops install, and nothing is changed anywhere. */
async function stands({ client, change, current, nodes, changes }: FakeRedisWorld, line: RegExp): Promise<void> {
  for (const node of nodes) node.commands.length = 0;
  expect((await client.prepare(current)).blocked.join('\n')).toMatch(line);
  expect(await told(client.install(change))).toMatch(new RegExp(`^TargetNotPrepared: .*${line.source}`));
  for (const node of nodes) expect(changes(node)).toEqual([]);
}

describe('what stands against a rotation', () => {
  it.each<[string, (world: FakeRedisWorld) => void, RegExp]>([
    [
      'neither an ACL file nor a configuration file',
      ({ nodes }) => {
        nodes[1].files = { aclfile: '', config_file: '' };
      },
      /forgets its users when it restarts: start it with an aclfile, or with a configuration file/,
    ],
    [
      'a server before Redis 7',
      ({ nodes }) => {
        nodes[1].version = '6.2.14';
      },
      /is older than Redis 7/,
    ],
    [
      'a current user that needs no password',
      ({ nodes, user }) => {
        Object.assign(nodes[1].users.get(user('legacy')) ?? {}, { open: true });
      },
      /needs no password at .*, so its login proves nothing: ACL SETUSER kt\w+_legacy >/,
    ],
  ])('%s', async (_label, change, line) => {
    const world = await fakeRedisWorld();
    change(world);
    await stands(world, line);
  });

  it('a next user that somebody logs in with already', async () => {
    const world = await fakeRedisWorld();
    const next = world.change.next.value.field('username') ?? '';
    await world.call(world.nodes[1].address, 'ACL', 'SETUSER', next, 'on', '>of somebody', '+@all');
    const stranger = await world.use(login('9', next, 'of somebody'));
    for (const node of world.nodes) node.commands.length = 0;
    await stands(world, /is in use at .* \(sessions: 1\): move them to the current credential first/);
    expect(await world.client.uninstall(world.change)).toBe('not-applied');
    expect(await stranger.alive()).toBe(true);
  });

  it('an admin credential that is a user that is rotated', async () => {
    const world = await fakeRedisWorld();
    const client = await world.open(undefined, { credential: async () => world.current.value });
    expect((await client.prepare(world.current)).blocked.join()).toMatch(/use another admin credential/);
  });

  it.each(['acl|getuser', 'acl|setuser', 'client|list', 'client|kill', 'config|rewrite'])(
    'an admin that may not run %s',
    async (command) => {
      const world = await fakeRedisWorld();
      for (const node of world.nodes) node.files = { ...node.files, aclfile: '' };
      const less = ADMIN_RULES.filter((rule) => rule !== `+${command}`);
      await world.call(world.nodes[1].address, 'ACL', 'SETUSER', world.user('admin'), ...less);
      const literal = command.replace('|', '\\|');
      await stands(world, new RegExp(`may not run ${literal} at .*: ACL SETUSER kt\\w+_admin \\+${literal}`));
    },
  );

  it.each(['+acl|dryrun', '+info', '+config|get'])(
    'an admin without %s is refused before anything is changed',
    async (rule) => {
      const world = await fakeRedisWorld();
      const less = ADMIN_RULES.filter((each) => each !== rule);
      await world.call(world.nodes[1].address, 'ACL', 'SETUSER', world.user('admin'), ...less);
      for (const node of world.nodes) node.commands.length = 0;
      expect(await told(world.client.install(world.change))).toMatch(
        /^AccessDenied: .*a permission is missing; code NOPERM/,
      );
      for (const node of world.nodes) expect(world.changes(node)).toEqual([]);
    },
  );

  it('a file that cannot be written is found before anything is changed', async () => {
    const world = await fakeRedisWorld();
    world.nodes[1].trouble = befalls(/^ACL SAVE/, { error: 'ERR There was an error trying to save the ACLs.' });
    expect(await told(world.client.install(world.change))).toMatch(
      new RegExp(`^StorageFailed: the ACL file of ${world.nodes[1].address}.*ACL SAVE fails`),
    );
    for (const node of world.nodes) expect(world.changes(node)).toEqual([]);
  });
});

describe('what a rotation changes', () => {
  it('gives the next user what the previous one may, and leaves no password of before', async () => {
    const { client, change, nodes, call, user } = await fakeRedisWorld();
    await call(nodes[0].address, 'ACL', 'SETUSER', user('a'), 'off', '>of before', '~everything', '+@all', '(~x +set)');
    await client.install(change);
    for (const { users } of nodes) {
      const { passwords: _old, ...rights } = users.get(user('legacy')) ?? {};
      const { passwords, ...given } = users.get(user('a')) ?? {};
      expect(given).toEqual(rights);
      expect(passwords).toEqual([sha256(change.next.value.field('password') ?? '')]);
    }
  });

  it('says beforehand what it would run, with no value in it', async () => {
    const { client, current, user } = await fakeRedisWorld();
    const { statements } = await client.prepare(current);
    const rules =
      'resetkeys -@all clearselectors ~orders:* resetchannels &orders +@all -flushall (~all resetchannels -@all +get)';
    expect(statements).toEqual([`ACL SETUSER ${user('a')} ${rules}`]);
  });

  it('never sends a password in a command but AUTH, and never resets one', async () => {
    const { client, change, nodes } = await fakeRedisWorld();
    await client.install(change);
    await client.retire(change);
    const sent = nodes.flatMap(({ commands }) => commands).join('\n');
    for (const { value } of [change.next, change.previous]) expect(sent).not.toContain(value.field('password'));
    expect(sent).not.toMatch(/resetpass|nopass| reset /i);
  });

  it('saves in the ACL file where there is one, else in the configuration file', async () => {
    const { client, change, nodes } = await fakeRedisWorld();
    nodes[1].files = { ...nodes[1].files, aclfile: '' };
    await client.install(change);
    expect(nodes.map(({ saves }) => new Set(saves))).toEqual([new Set(['ACL SAVE']), new Set(['CONFIG REWRITE'])]);
  });

  it.each(['retire', 'uninstall'] as const)('saves after %s as well', async (method) => {
    const { client, change, nodes } = await fakeRedisWorld();
    await client.install(change);
    for (const { saves } of nodes) saves.length = 0;
    await client[method](change);
    expect(nodes.map(({ saves }) => saves)).toEqual([['ACL SAVE'], ['ACL SAVE']]);
  });

  it('alters none but the configured users, whatever a stored value says', async () => {
    const { client, change, nodes, changes } = await fakeRedisWorld();
    const foreign = { ...change, next: login('2', 'default', 'x') };
    const same = { ...change, previous: change.next };
    for (const wrong of [foreign, same]) {
      expect(await told(client.install(wrong))).toMatch(/^InputInvalid/);
      expect(await told(client.retire(wrong))).toMatch(/^InputInvalid/);
    }
    for (const node of nodes) expect(changes(node)).toEqual([]);
  });

  it('does not shut out the admin user', async () => {
    const { client, change, admin, clock } = await fakeRedisWorld();
    await client.install(change);
    const wrong = { next: change.next, previous: { ...change.previous, value: admin }, installedAt: clock.now() };
    expect(await told(client.retire(wrong))).toMatch(/^TargetNotPrepared.*it is the admin user itself/);
  });
});

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { changed, type FakeUser, freshUser, may, sha256, userReply } from './fake-redis-users.ts';
import { type Reply, requestReader, writeReply } from './resp.ts';

/** What befalls one command: another reply instead of it, a lost connection before or after its effect, or no answer. */
export type Trouble =
  | { readonly error: string }
  | { readonly nonsense: string }
  | 'lost-before'
  | 'lost-after'
  | 'silent';

/**
 * A server that speaks as much of Redis as the plugin uses: AUTH, QUIT, ACL, CLIENT LIST and KILL, CONFIG, INFO. It has no data,
 * no categories of commands but `@all`, no replication, no cluster and no TLS, it enforces no keys and channels, and its ACL
 * SAVE only counts. The suite in test/peers runs on the real one.
 */
export interface FakeRedis {
  readonly address: string;
  readonly users: Map<string, FakeUser>;
  /** Where it keeps its users. */
  files: { aclfile: string; config_file: string };
  version: string;
  /** Number of saves by command. */
  readonly saves: string[];
  /** Every command but AUTH that came, as text. */
  readonly commands: string[];
  /** Is asked before each command. */
  trouble: ((command: readonly string[]) => Trouble | undefined) | undefined;
  /** Lines of INFO replication. */
  replication: string;
  /** Lets the clock of the server run ahead. */
  pass(ms: number): void;
  now(): number;
  close(): Promise<void>;
}

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  readonly born: number;
  user: string;
  name: string;
}

export async function startFakeRedis(): Promise<FakeRedis> {
  let ahead = 0;
  let ids = 0;
  const connections = new Set<Connection>();
  const now = () => Date.now() + ahead;
  const seconds = () => Math.floor(now() / 1000);

  const server = createServer((socket) => {
    ids += 1;
    const connection: Connection = { id: ids, socket, born: seconds(), user: 'default', name: '' };
    connections.add(connection);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(connection));
    socket.on(
      'data',
      requestReader((command) => serve(connection, command)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('loopback gave no port');

  const fake: FakeRedis = {
    address: `127.0.0.1:${address.port}`,
    users: new Map([['default', changed(freshUser(), ['on', 'nopass', '~*', '&*', '+@all'])]]),
    files: { aclfile: '/etc/redis/users.acl', config_file: '/etc/redis/redis.conf' },
    version: '7.0.15',
    saves: [],
    commands: [],
    trouble: undefined,
    replication: 'role:master',
    pass: (ms) => {
      ahead += ms;
    },
    now,
    close: async () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };

  function drop(connection: Connection): void {
    connections.delete(connection);
    connection.socket.destroy();
  }

  function serve(connection: Connection, command: readonly string[]): void {
    if (command[0]?.toUpperCase() !== 'AUTH') fake.commands.push(command.join(' '));
    const trouble = fake.trouble?.(command);
    if (trouble === 'silent') return;
    const reply = trouble === 'lost-before' ? '' : answerIn(trouble, connection, command);
    if (trouble === 'lost-before' || trouble === 'lost-after') {
      drop(connection);
      return;
    }
    connection.socket.write(writeReply(reply));
    if (command[0]?.toUpperCase() !== 'QUIT') return;
    connections.delete(connection);
    connection.socket.end();
  }

  function answerIn(trouble: Trouble | undefined, connection: Connection, command: readonly string[]): Reply {
    if (typeof trouble !== 'object') return answer(connection, command);
    return 'error' in trouble ? new Error(trouble.error) : trouble.nonsense;
  }

  function answer(connection: Connection, command: readonly string[]): Reply {
    const [name = '', part = ''] = command.map((word) => word.toUpperCase());
    const user = fake.users.get(connection.user);
    const open = name === 'AUTH' || name === 'QUIT';
    if (!open && (user === undefined || !may(user, command))) return new Error('NOPERM this user has no permissions');
    const handler = HANDLERS[name] ?? HANDLERS[`${name} ${part}`];
    if (handler === undefined) return new Error(`ERR unknown command '${name}'`);
    try {
      return handler(connection, command);
    } catch (error) {
      return error instanceof Error ? error : new Error('ERR');
    }
  }

  const list = () => [...connections].map((each) => row(each, seconds())).join('');

  const HANDLERS: Readonly<Record<string, (connection: Connection, command: readonly string[]) => Reply>> = {
    QUIT: () => 'OK',
    PING: () => 'PONG',
    AUTH: (connection, [, name = '', password = '']) => {
      const user = fake.users.get(name);
      if (!user?.on || !(user.open || user.passwords.includes(sha256(password))))
        return new Error('WRONGPASS invalid username-password pair or user is disabled.');
      connection.user = name;
      return 'OK';
    },
    'ACL GETUSER': (_connection, [, , name = '']) => {
      const user = fake.users.get(name);
      return user === undefined ? null : userReply(user);
    },
    'ACL SETUSER': (_connection, [, , name = '', ...rules]) => {
      fake.users.set(name, changed(fake.users.get(name), rules));
      return 'OK';
    },
    'ACL DELUSER': (_connection, [, , name = '']) => Number(fake.users.delete(name)),
    'ACL DRYRUN': (_connection, [, , name = '', ...command]) => {
      const user = fake.users.get(name);
      return user !== undefined && may(user, command) ? 'OK' : 'This user has no permissions to run the command';
    },
    'ACL SAVE': () => keep('ACL SAVE', fake.files.aclfile),
    'CONFIG REWRITE': () => keep('CONFIG REWRITE', fake.files.config_file),
    'CONFIG GET': () => ['aclfile', fake.files.aclfile],
    INFO: (_connection, [, section]) =>
      section === 'replication'
        ? fake.replication
        : `# Server\r\nredis_version:${fake.version}\r\nconfig_file:${fake.files.config_file}\r\n`,
    'CLIENT SETNAME': (connection, [, , name = '']) => {
      connection.name = name;
      return 'OK';
    },
    'CLIENT LIST': list,
    'CLIENT KILL': (self, [, , by = '', value = '']) => {
      const wanted = [...connections].filter((each) => each !== self && matches(each, by, value));
      for (const each of wanted) drop(each);
      return wanted.length;
    },
  };

  function keep(command: string, file: string): Reply {
    if (file === '') return new Error(`ERR ${command}: there is no file`);
    fake.saves.push(command);
    return 'OK';
  }
  return fake;
}

const row = ({ id, name, user, born }: Connection, now: number) =>
  `id=${id} addr=127.0.0.1:1 name=${name} age=${now - born} flags=N cmd=client|list user=${user} redir=-1\n`;

const matches = ({ id, user }: Connection, by: string, value: string) =>
  by.toUpperCase() === 'ID' ? String(id) === value : user === value;

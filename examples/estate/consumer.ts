import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type Env, USES, type Use } from './uses.ts';

/**
 * A service as one finds it in the field: it reads its env file when it starts and when it is told to reload, works with
 * what it found, and reports which version that is.
 *
 * Arguments: the kind of use, the secret's id, the env file, the port, its name.
 */
const [kind = '', secretId = '', envFile = '', port = '', name = ''] = process.argv.slice(2);

interface Loaded {
  readonly use: Use;
  readonly version: string | undefined;
  /** What is being answered with it. */
  readonly busy: Set<Promise<unknown>>;
}

const LINE = /^(?<key>[A-Z0-9_]+)=(?<quote>['"]?)(?<value>.*)\k<quote>$/;

const parseEnv = (text: string): Env =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const { key, value = '' } = LINE.exec(line)?.groups ?? {};
      return key === undefined ? [] : [[key, value]];
    }),
  );

const marker = `KEYTURN_VERSION_${secretId.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()}`;

async function load(): Promise<Loaded> {
  const env = parseEnv(readFileSync(envFile, 'utf8'));
  const use = USES[kind];
  if (use === undefined) throw new Error(`no use of kind ${kind}`);
  return { use: await use(env, name), version: env[marker], busy: new Set() };
}

function versions(): Readonly<Record<string, string>> {
  const version = current.use.version?.() ?? current.version;
  return version === undefined ? {} : { [secretId]: version };
}

async function work({ use, busy }: Loaded) {
  const going = use.work();
  busy.add(going);
  return going.finally(() => busy.delete(going));
}

let current = await load();

const ROUTES: Readonly<Record<string, () => Promise<[status: number, body: unknown]>>> = {
  'GET /work': async () => [(await work(current)) === 'served' ? 200 : 401, {}],
  'GET /versions': async () => [200, { versions: versions() }],
  'GET /offer': async () => [200, (await current.use.offer?.()) ?? ''],
  'POST /reload': async () => {
    const old = current;
    current = await load();
    await Promise.allSettled(old.busy);
    await old.use.end();
    return [200, { reloaded: true }];
  },
};

const server = createServer((request, reply) => {
  const answer = ROUTES[`${request.method} ${request.url}`] ?? (async () => [404, {}] as [number, unknown]);
  answer()
    .catch((error: unknown): [number, unknown] => [503, { error: error instanceof Error ? error.name : 'unknown' }])
    .then(([status, body]) =>
      reply
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body)),
    );
});
server.listen(Number(port), '127.0.0.1', () => process.send?.('ready'));
process.once('disconnect', () => process.exit(0));

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { cli } from '../support/cli.ts';
import { grafanaApi } from '../support/grafana-api.ts';
import { describedRegistration, keysApi } from '../support/keys-api.ts';
import { readSource } from '../support/sources.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { startTokenConsumer, type TokenConsumer, writeEnvFile } from '../support/token-consumer.ts';
import { type Api, sha256, startTokenServer, type TokenServer, type Trouble } from '../support/token-server.ts';

const SECRET = 'production/api/gateway';
const ADMIN = `${SECRET}-admin`;
const folder = useTempDir();

interface Kind {
  readonly type: string;
  readonly api: Api;
  readonly target: (origin: string) => object;
  /** A credential that is in use before Keyturn comes. */
  readonly first: { readonly id: string; readonly token: string };
}

/** The target that docs/issuers.md shows, at a server of the test. */
function targetOfThePage(origin: string): object {
  const [, text = ''] = /```yaml keyturn\.yaml\n(.*?)```/s.exec(readSource('docs/issuers.md')) ?? [];
  return parse(text.replaceAll('https://keys.internal', origin)).secrets[SECRET].target;
}

const grafanaAt = (url: string) => ({
  use: 'grafana',
  url,
  admin: { secret: ADMIN },
  serviceAccount: 2,
  lastUsedLag: '0s',
});
const KEY = { id: 'abcd', token: 'kt_abcd_0123456789abcdefghijkl_1LLeo5' };
const KINDS: Readonly<Record<string, Kind>> = {
  'the API key of docs/issuers.md': {
    type: 'api-key',
    api: keysApi,
    target: targetOfThePage,
    first: KEY,
  },
  'an API key that is made here': {
    type: 'api-key',
    api: keysApi,
    target: (origin) => ({ prefix: 'kt', issuer: describedRegistration(origin, ADMIN) }),
    first: KEY,
  },
  "Grafana's token": {
    type: 'service-token',
    api: grafanaApi,
    target: (origin) => ({ issuer: grafanaAt(origin) }),
    first: { id: '700', token: 'glsa_first_token_of_grafana' },
  },
};

interface Site {
  readonly server: TokenServer;
  readonly consumer: TokenConsumer;
  run(...args: string[]): ReturnType<typeof cli>;
  /** What the run says of itself. */
  rotate(): Promise<{ code: number; record: { status: string; error?: string }; evidence: Record<string, string> }>;
}

describe.each(Object.entries(KINDS))('a rotation of %s', (_name, { type, api, target, first }) => {
  const open: { site?: Site } = {};
  afterEach(async () => {
    await open.site?.consumer.stop();
    await open.site?.server.close();
  });

  async function setUp(): Promise<Site> {
    const dir = folder();
    const server = await startTokenServer(api, Date.now);
    server.tokens.set(first.id, { id: first.id, name: 'by hand', hash: sha256(first.token), lastUsedAt: null });
    const envFile = join(dir, 'gateway.env');
    writeEnvFile(envFile, first.token);
    const url = server.origin + api.usePath;
    const consumer = await startTokenConsumer({ url, envFile, secretId: SECRET });
    writeFileSync(join(dir, 'keyturn.yaml'), stringify(configOf(type, target(server.origin), url, consumer.origin)));
    const run: Site['run'] = (...args) => cli(dir, args);
    for (const [id, fields] of [
      [ADMIN, { token: server.admin }],
      [SECRET, first],
    ] as const) {
      const put = await cli(dir, ['put', id], { stdin: JSON.stringify(fields) });
      expect(put.code, put.stderr).toBe(0);
    }
    const rotate: Site['rotate'] = async () => {
      const { code, stderr } = await run('rotate', SECRET, '--yes');
      const history = await run('history', SECRET, '--json');
      const [last] = Object(history.json()).rotations;
      expect(last, stderr).toBeDefined();
      return { code, record: { status: last.status, error: last.failure?.error }, evidence: last };
    };
    open.site = { server, consumer, run, rotate };
    return open.site;
  }

  const live = ({ server }: Site) => [...server.tokens.values()];
  const tokenInUse = (site: Site) => live(site).filter(({ lastUsedAt }) => lastUsedAt !== null);

  it('refuses nobody while it lasts; afterwards the old one is refused and one is left', async () => {
    const site = await setUp();
    expect(await site.rotate()).toMatchObject({ code: 0, record: { status: 'COMMITTED' } });
    expect(site.consumer.counts).toEqual({ accepted: expect.any(Number), refused: 0 });
    expect(site.consumer.counts.accepted).toBeGreaterThan(10);
    expect(live(site).map(({ name }) => name)).toEqual([expect.stringMatching(/^keyturn-[0-9a-f]{32}$/)]);
    const old = await fetch(site.server.origin + api.usePath, { headers: { Authorization: `Bearer ${first.token}` } });
    expect(old.status).toBe(401);
    expect(await site.rotate()).toMatchObject({ code: 0, record: { status: 'COMMITTED' } });
    expect([live(site).length, tokenInUse(site).length, site.consumer.counts.refused]).toEqual([1, 1, 0]);
  }, 60_000);

  it('gives the old one back where the consumer does not come along, and leaves no other', async () => {
    const site = await setUp();
    site.consumer.ignores = 1;
    expect(await site.rotate()).toMatchObject({ record: { status: 'ROLLED_BACK', error: 'ConsumerRejected' } });
    expect(live(site).map(({ name }) => name)).toEqual(['by hand']);
    expect(site.consumer.counts.refused).toBe(0);
  }, 60_000);

  const cut: Trouble = (_asked, answer) => {
    answer();
    return 'cut';
  };
  const broken: Trouble = (_asked, answer) => {
    answer();
    return { status: 500, text: 'upstream words' };
  };

  it('loses replies after their effect, and still leaves one', async () => {
    const site = await setUp();
    site.server.troubles.push(cut, broken, (_asked, answer) => answer(), cut, broken);
    expect(await site.rotate()).toMatchObject({ code: 0, record: { status: 'COMMITTED' } });
    expect([live(site).length, site.consumer.counts.refused]).toEqual([1, 0]);
  }, 60_000);

  it.each<[string, Trouble, string]>([
    ['does not let it', () => ({ status: 403 }), 'AccessDenied'],
    ['breaks for good after the effect', broken, 'OutcomeUnknown'],
    ['sends it elsewhere', () => ({ status: 302, headers: { Location: 'http://127.0.0.1:1/' } }), 'ConfigInvalid'],
  ])(
    'ends where it began when the issuer %s',
    async (_what, trouble, error) => {
      const site = await setUp();
      const onMaking: Trouble = (asked, answer) =>
        ['POST', 'PUT'].includes(asked.method) ? trouble(asked, answer) : answer();
      site.server.troubles.push(...Array.from({ length: 30 }, () => onMaking));
      expect(await site.rotate()).toMatchObject({ record: { status: 'ROLLED_BACK', error } });
      expect(live(site).map(({ name }) => name)).toEqual(['by hand']);
      expect(site.consumer.counts.refused).toBe(0);
    },
    60_000,
  );
});

const configOf = (type: string, target: object, url: string, consumer: string) => ({
  version: 1,
  organization: 'test',
  environments: { production: {} },
  backends: { local: { use: 'local' } },
  policy: { LOW: { poll: '1s', grace: '0s', relax: 'a test waits for nobody' } },
  secrets: {
    [ADMIN]: { type: 'external', classification: 'LOW', owner: 'platform' },
    [SECRET]: {
      type,
      classification: 'LOW',
      owner: 'gateway-team',
      target,
      consumers: [
        {
          name: 'gateway',
          propagate: { use: 'env-file', path: 'gateway.env', data: { TOKEN: '{token}' } },
          restart: { use: 'http-reload', url: `${consumer}/reload` },
          verify: [
            { use: 'http-version', url: `${consumer}/versions` },
            { use: 'http-status', url, send: { Authorization: 'Bearer {token}' } },
          ],
        },
      ],
    },
  },
});

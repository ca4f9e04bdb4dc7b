import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { cli, type Said } from '../support/cli.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { useTempDir } from '../support/temp-dir.ts';

const SECRET = 'production/services/slack-webhook';
const INSTRUCTIONS = 'Make a second webhook for the channel; afterwards remove the old one on the same page.';
const folder = useTempDir();

/** Incoming webhooks as Slack answers them: 400 to an empty message, 404 once removed. It leaves out messages. */
interface Hooks extends TestServer {
  readonly live: Set<string>;
  urlOf(name: string): string;
}

async function startHooks(): Promise<Hooks> {
  const live = new Set<string>(['/services/T1/B1/first']);
  const server = await startServer((request, reply) => {
    const known = live.has(request.url ?? '');
    reply.writeHead(known ? 400 : 404).end(known ? 'invalid_payload' : 'no_service');
  });
  return { ...server, live, urlOf: (name) => `${server.origin}/services/T1/B1/${name}` };
}

describe('a rotation of a value that only a person can make', () => {
  let dir: string;
  let hooks: Hooks;
  let consumer: TestServer;
  const run = (...args: string[]) => cli(dir, args);
  const provide = (fields: object) => cli(dir, ['provide', SECRET, '--yes'], { stdin: JSON.stringify(fields) });
  const last = async () => Object(Object((await run('history', SECRET, '--json')).json()).rotations)[0];
  const text = ({ stdout, stderr }: Said) => stdout + stderr;
  const made = (name: string) => {
    hooks.live.add(`/services/T1/B1/${name}`);
    return { id: name, token: hooks.urlOf(name) };
  };

  beforeEach(async () => {
    dir = folder();
    hooks = await startHooks();
    writeFileSync(join(dir, 'alerts.env'), '');
    consumer = await startServer((_request, reply) => {
      const [, version] = /KEYTURN_VERSION_\w+=(\w+)/.exec(readFileSync(join(dir, 'alerts.env'), 'utf8')) ?? [];
      reply.end(JSON.stringify({ versions: version === undefined ? {} : { [SECRET]: version } }));
    });
    writeFileSync(join(dir, 'keyturn.yaml'), stringify(configOf(consumer.origin)));
    const first = { id: 'first', token: hooks.urlOf('first') };
    const put = await cli(dir, ['put', SECRET], { stdin: JSON.stringify(first) });
    expect(put.code, put.stderr).toBe(0);
  });
  afterEach(async () => {
    await hooks.close();
    await consumer.close();
  });

  const parked = async () => {
    const started = await run('rotate', SECRET, '--yes');
    expect(text(started)).toContain(`keyturn provide ${SECRET}`);
    expect(await last()).toMatchObject({ status: 'WAITING' });
  };

  it('waits for it, tells what is to be done, takes it, and proves it like any other', async () => {
    await parked();
    expect(text(await run('approvals'))).toMatch(/make the new value.*\n.*\n.*\n.*keyturn provide/);
    hooks.live.add('/services/T1/B1/second');
    const provided = provide({ id: 'second', token: hooks.urlOf('second') });
    // The person removes the old one when the pivot has passed: the run polls until it is refused.
    const removed = expect
      .poll(async () => (await last())?.phase, { timeout: 20_000 })
      .toMatch(/^retir/)
      .then(() => hooks.live.delete('/services/T1/B1/first'));
    const [said] = await Promise.all([provided, removed]);
    expect(text(said)).toContain(INSTRUCTIONS);
    expect(said.code, said.stderr).toBe(0);
    expect(await last()).toMatchObject({ status: 'COMMITTED' });
    expect(readFileSync(join(dir, 'alerts.env'), 'utf8')).toContain(hooks.urlOf('second'));
    expect(text(said)).not.toContain(hooks.urlOf('second'));
  }, 60_000);

  it('refuses the old one, one that is refused, and one of another form, and goes on waiting', async () => {
    await parked();
    const old = await provide({ id: 'first', token: hooks.urlOf('first') });
    expect([old.code, text(old)]).toEqual([expect.any(Number), expect.stringContaining('the old value of id, token')]);
    const dead = await provide({ id: 'dead', token: hooks.urlOf('dead') });
    expect(text(dead)).toContain('the target refuses this value');
    const odd = await provide({ id: 'odd', url: 'x' });
    expect(text(odd)).toContain('it has the fields id, token');
    const plain = await provide({ id: 'plain', token: 'no URL' });
    expect(text(plain)).toContain('expected an https:// URL');
    for (const { code } of [old, dead, odd, plain]) expect(code).not.toBe(0);
    expect(await last()).toMatchObject({ status: 'WAITING' });
  }, 60_000);

  it('goes back when it is sent back, with nothing changed', async () => {
    await parked();
    const back = await run('rollback', (await last()).rotationId, '--yes');
    expect(back.code, text(back)).toBe(0);
    expect(await last()).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ValueAwaited' } });
    expect(text(await provide(made('late')))).toContain('no rotation of it waits for a value');
  }, 60_000);

  it('is asked for once more when it looks again and nothing was handed over', async () => {
    await parked();
    await run('resume', (await last()).rotationId, '--yes');
    expect(await last()).toMatchObject({ status: 'WAITING' });
    expect(text(await run('approvals'))).toContain('keyturn provide');
  }, 60_000);
});

const configOf = (consumer: string) => ({
  version: 1,
  organization: 'test',
  environments: { production: {} },
  backends: { local: { use: 'local' } },
  policy: { LOW: { poll: '1s', grace: '0s', relax: 'a test waits for nobody' } },
  secrets: {
    [SECRET]: {
      type: 'service-token',
      classification: 'LOW',
      owner: 'platform',
      target: {
        issuer: {
          use: 'manual',
          instructions: INSTRUCTIONS,
          probe: { url: '{token}', method: 'POST', body: {}, accepted: [400], refused: [403, 404, 410] },
        },
        quiet: { waived: { reason: 'a webhook keeps no last use', owner: 'platform', expires: '2099-01-01' } },
      },
      consumers: [
        {
          name: 'alerts',
          propagate: { use: 'env-file', path: 'alerts.env', data: { WEBHOOK: '{token}' } },
          verify: [{ use: 'http-version', url: `${consumer}/versions` }],
        },
      ],
    },
  },
});

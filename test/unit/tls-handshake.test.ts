import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Credential, PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { tlsHandshake } from '../../lib/plugins/verifiers/tls-handshake.ts';
import { makeIntermediate, makeRoot, openssl } from '../support/authorities.ts';
import { handMade } from '../support/hand-made.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { stubTarget } from '../support/stub-target.ts';
import { useTempDir } from '../support/temp-dir.ts';

const dir = useTempDir();
const text = (file: string) => readFileSync(join(dir(), file), 'utf8');

describe('tls-handshake', () => {
  let expected: Credential;
  let chain: string;

  /** A certificate under `one`, by openssl; all with one key and one serial, so that only what is tested differs. */
  const sign = (file: string, ...options: readonly string[]) => {
    writeFileSync(join(dir(), 'names'), 'subjectAltName=DNS:shop.internal,IP:127.0.0.1\n');
    const by = ['-CA', 'one.pem', '-CAkey', 'one.key', '-set_serial', '0x4142', '-extfile', 'names'];
    openssl(dir(), 'x509', '-req', '-in', 'shop.csr', ...by, '-out', file, ...options);
    return text(file);
  };

  beforeEach(() => {
    makeRoot(dir(), 'root');
    makeIntermediate(dir(), 'root', 'one');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'shop.key'];
    openssl(dir(), 'req', ...key, '-out', 'shop.csr', '-subj', '/CN=shop.internal');
    const certificate = sign('shop.pem', '-days', '20');
    chain = certificate + text('one.pem');
    const value = { certificate, chain, private_key: text('shop.key'), ca_bundle: text('root.pem') };
    expected = { version: 'b'.repeat(32), value: Secret.of(value) };
  });

  const serve = async (cert: string, key = text('shop.key')) => {
    const server = createServer({ cert, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
    server.on('tlsClientError', () => undefined);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  };
  const check = async (port: number, config: object = {}, deps: Partial<PluginDeps> = {}) => {
    const options = { use: 'tls-handshake', host: '127.0.0.1', port, serverName: 'shop.internal', timeoutSeconds: 1 };
    const clock = { now: Date.now, sleep: async () => undefined };
    const client = await tlsHandshake.create({ ...options, ...config }, pluginDeps({ baseDir: dir(), clock, ...deps }));
    return client.check({ secretId: 'a/b/c', consumer: 'web', expected, other: expected, target: stubTarget() });
  };

  it('verifies what a client of the bundle accepts, and says how long it lasts', async () => {
    const verdict = await check(await serve(chain));
    expect(verdict).toEqual({ verdict: 'verified', why: expect.stringMatching(/serves 4142, (19|20) days left$/) });
  });

  it('verifies by address, too', async () => {
    expect(await check(await serve(chain), { serverName: '127.0.0.1' })).toMatchObject({ verdict: 'verified' });
  });

  it.each([
    ['a chain with a gap', () => [text('shop.pem')], /does not trust \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/],
    ['another key under the same serial', () => otherKey(), /serves 4142 with another key/],
    ['one that has expired', () => [sign('old.pem', '-days', '-1') + text('one.pem')], /CERT_HAS_EXPIRED/],
  ] as const)('rejects %s', async (_what, served, why) => {
    const [cert, key] = served();
    expect(await check(await serve(cert, key))).toEqual({ verdict: 'rejected', why: expect.stringMatching(why) });
  });

  const otherKey = () => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'shop.key'];
    openssl(dir(), 'req', ...key, '-out', 'shop.csr', '-subj', '/CN=shop.internal');
    return [sign('twin.pem', '-days', '20') + text('one.pem'), text('shop.key')] as const;
  };

  it('rejects a name that it does not bear', async () => {
    const verdict = await check(await serve(chain), { serverName: 'bank.internal' });
    expect(verdict).toEqual({ verdict: 'rejected', why: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') });
  });

  it('rejects one that ends too early', async () => {
    const port = await serve(chain);
    expect(await check(port, { minDaysLeft: 10 })).toMatchObject({ verdict: 'verified' });
    expect(await check(port, { minDaysLeft: 21 })).toMatchObject({
      verdict: 'rejected',
      why: expect.stringContaining('at least 21'),
    });
  });

  it('trusts a file in place of the bundle', async () => {
    const stranger = handMade(dir()).certificate;
    writeFileSync(join(dir(), 'stranger.pem'), stranger);
    const port = await serve(chain);
    expect(await check(port, { caFile: 'root.pem' })).toMatchObject({ verdict: 'verified' });
    expect(await check(port, { caFile: 'stranger.pem' })).toMatchObject({ verdict: 'rejected' });
  });

  it.each([
    ['answers nothing', () => undefined],
    ['hangs up', (socket: { destroy(): void }) => socket.destroy()],
    ['speaks something else', (socket: { write(text: string): void }) => socket.write('220 mail.internal ready\r\n')],
  ])('cannot decide about a server that %s', async (_what, behave) => {
    const server = createTcp((socket) => {
      socket.on('error', () => undefined);
      behave(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    expect(await check((server.address() as AddressInfo).port)).toMatchObject({ verdict: 'inconclusive' });
  });
});

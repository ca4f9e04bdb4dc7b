import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { refusedBecause } from '../../lib/runtime/address-guard.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Resolves every name to the next of `answers`, as a hostile name server does that changes its mind. */
function resolver(...answers: string[][]): LookupFunction & { asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, options, callback) => {
    const addresses = answers[asked.length] ?? [];
    asked.push(name);
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    callback(null, options.all ? found : (addresses[0] ?? ''));
  };
  return Object.assign(lookup, { asked });
}

describe('guardedFetch', () => {
  it('gives status, headers and body', async () => {
    const port = await serve((request, reply) => {
      reply.writeHead(201, { 'X-Seen': `${request.method} ${request.headers['x-mine']}` }).end('body');
    });
    const reply = await guardedFetch()(`http://127.0.0.1:${port}/a`, { method: 'PUT', headers: { 'X-Mine': '1' } });
    expect([reply.status, reply.header('x-seen'), await reply.text()]).toEqual([201, 'PUT 1', 'body']);
  });

  it('follows no redirect', async () => {
    const seen: (string | undefined)[] = [];
    const port = await serve((request, reply) => {
      seen.push(request.url);
      reply.writeHead(302, { Location: '/elsewhere' }).end();
    });
    const failure = { name: 'ConfigInvalid', message: expect.stringContaining('redirects (302)') };
    await expect(guardedFetch()(`http://127.0.0.1:${port}/`)).rejects.toMatchObject(failure);
    expect(seen).toEqual(['/']);
  });

  it('stops reading after 1 MiB', async () => {
    const size = 1024 * 1024;
    const port = await serve((request, reply) => reply.end('x'.repeat(size + (request.url === '/more' ? 1 : 0))));
    const reply = await guardedFetch()(`http://127.0.0.1:${port}/`);
    expect((await reply.text()).length).toBe(size);
    await expect(guardedFetch()(`http://127.0.0.1:${port}/more`)).rejects.toMatchObject({ name: 'InputInvalid' });
  });

  it.each([
    ['GET', 'Unavailable'],
    ['POST', 'OutcomeUnknown'],
  ])('ends after its timeout: a %s without a reply is %s', async (method, name) => {
    const port = await serve(() => undefined);
    const failure = { name, code: 'TimeoutError' };
    await expect(guardedFetch()(`http://127.0.0.1:${port}/`, { method, timeoutMs: 50 })).rejects.toMatchObject(failure);
  });

  it('says OutcomeUnknown when the connection breaks under a POST', async () => {
    const port = await serve((request) => request.socket.destroy());
    const call = guardedFetch()(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
    await expect(call).rejects.toMatchObject({ name: 'OutcomeUnknown' });
  });

  it('says Unavailable when nothing listens', async () => {
    const port = await serve(() => undefined);
    servers.splice(0).map((server) => server.close());
    const call = guardedFetch()(`http://127.0.0.1:${port}/`, { method: 'POST' });
    await expect(call).rejects.toMatchObject({ name: 'Unavailable', code: 'ECONNREFUSED' });
  });

  it('shows nothing of a URL but its host', async () => {
    const fetch = guardedFetch({ lookup: resolver(['127.0.0.1'], ['127.0.0.1'], ['127.0.0.1']) });
    for (const url of [
      'http://hooks.test/SECRET',
      'https://u:SECRET@hooks.test/',
      'ftp://hooks.test/SECRET',
      'SECRET',
    ]) {
      const error = await fetch(url).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 9 })).not.toContain('SECRET');
    }
  });
});

describe('the guard against foreign addresses', () => {
  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['0.0.0.0']],
    [['169.254.169.254']],
    [['fe80::1']],
    [['93.184.216.34', '127.0.0.1']],
  ])('refuses a name that resolves to %s', async (addresses) => {
    const call = guardedFetch({ lookup: resolver(addresses) })('http://innocent.test:81/');
    await expect(call).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('network.allow'),
    });
  });

  it('connects to the address that it checked: a second answer is never asked for', async () => {
    const seen: (string | undefined)[] = [];
    const port = await serve((request, reply) => reply.end(String(seen.push(request.headers.host))));
    const lookup = resolver(['127.0.0.1'], ['127.0.0.9']);
    const reply = await guardedFetch({ lookup, allow: [`db.test:${port}`] })(`http://db.test:${port}/`);
    expect([reply.status, seen, lookup.asked]).toEqual([200, [`db.test:${port}`], ['db.test']]);
  });

  it('asks TLS for the name in the URL, not for the address', async () => {
    const names: string[] = [];
    const SNICallback = (name: string, done: (error: Error) => void) => {
      names.push(name);
      done(new Error('no certificate in this test'));
    };
    const server = createTlsServer({ SNICallback }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const authority = `db.test:${(server.address() as AddressInfo).port}`;
    const call = guardedFetch({ lookup: resolver(['127.0.0.1']), allow: [authority] })(`https://${authority}/`);
    await expect(call).rejects.toMatchObject({ name: 'Unavailable' });
    server.close();
    expect(names).toEqual(['db.test']);
  });

  it('checks anew for every call, so that a name which changes to this machine is refused', async () => {
    const port = await serve((_request, reply) => reply.end('reached'));
    const lookup = resolver(['192.0.2.1'], ['127.0.0.1']);
    const fetch = guardedFetch({ lookup });
    const url = `http://rebind.test:${port}/`;
    await expect(fetch(url, { timeoutMs: 50 })).rejects.toMatchObject({ name: 'Unavailable' });
    await expect(fetch(url)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('takes a listed target at its word, for that port alone', async () => {
    const port = await serve((_request, reply) => reply.end());
    const options = { lookup: resolver(['127.0.0.1'], ['127.0.0.1']), allow: [`db.test:${port}`] };
    expect((await guardedFetch(options)(`http://db.test:${port}/`)).status).toBe(200);
    await expect(guardedFetch(options)('http://db.test:1/')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('refuses the metadata address even when it is written out, in any notation', async () => {
    for (const host of ['169.254.169.254', '2852039166', '0xa9fea9fe', '[::ffff:169.254.169.254]', '[fd00:ec2::254]']) {
      await expect(guardedFetch()(`http://${host}/latest`)).rejects.toMatchObject({ name: 'AccessDenied' });
    }
  });

  it.each([
    ['127.0.0.1', '127.0.0.1', undefined],
    ['localhost', '::1', undefined],
    ['db.internal', '10.0.0.5', undefined],
    ['db.internal', '64:ff9b::7f00:1', 'resolves to this machine'],
    ['db.internal', '64:ff9b::a9fe:a9fe', 'is a link-local or metadata address'],
    ['localhost', '169.254.169.254', 'is a link-local or metadata address'],
  ])('decides on %s at %s', (host, address, why) => {
    expect(refusedBecause(host, address)).toBe(why);
  });
});

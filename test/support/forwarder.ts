import { request } from 'node:http';
import { startServer, type TestServer } from './http-server.ts';

/** An address of its own for a server that many tests share, so that one of them can lose it. */
export function startForwarder(origin: string): Promise<TestServer> {
  return startServer((incoming, reply) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const onward = request(new URL(url, origin), { method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    onward.on('error', () => reply.destroy());
    incoming.pipe(onward);
  });
}

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeCluster } from './fake-cluster.ts';
import { administered, type KubeApi } from './kube-api.ts';
import { makeCertificate } from './openbao.ts';

export interface FakeKube extends KubeApi {
  readonly cluster: FakeCluster;
}

/** {@link FakeCluster} behind HTTPS. */
export async function startFakeKube(): Promise<FakeKube> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-kube-'));
  const caFile = makeCertificate(folder);
  const cluster = new FakeCluster();
  const [cert, key] = [readFileSync(join(folder, 'server.pem')), readFileSync(join(folder, 'server.key'))];
  const server = createServer({ cert, key }, async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '' } = request;
    const { status, json } = cluster.handle(method, url, Buffer.concat(chunks).toString('utf8'));
    reply.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = { origin: `https://127.0.0.1:${port}`, caFile };
  return {
    ...address,
    ...administered(address),
    cluster,
    decide: (fate) => cluster.decide(fate),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

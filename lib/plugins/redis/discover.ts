import { z } from 'zod';
import type { Admin } from './admin.ts';
import type { Node } from './node.ts';
import { infoReply, mapReply } from './replies.ts';
import type { RedisTarget } from './target.ts';

const replicaLine = /^ip=([^,]+),port=(\d+),/;

/** The primary of a replica and the replicas of a primary, as it sees them now: one that is cut off is not seen. */
async function replicas({ read }: Admin): Promise<Node[]> {
  const info = await read(infoReply, 'INFO', 'replication');
  const below = Object.entries(info).flatMap(([name, value]) => {
    const [, host, port] = /^slave\d+$/.test(name) ? (replicaLine.exec(value) ?? []) : [];
    return host === undefined ? [] : [{ host, port: Number(port) }];
  });
  const { master_host: host, master_port: port } = info;
  return host === undefined ? below : [...below, { host, port: Number(port) }];
}

const shardNode = mapReply.pipe(
  z.object({
    endpoint: z.string().nullable(),
    ip: z.string(),
    port: z.int().optional(),
    'tls-port': z.int().optional(),
  }),
);
const shards = z.array(mapReply.pipe(z.object({ nodes: z.array(shardNode) })));

/** Every node that the cluster knows, by the name that it prefers. */
async function cluster({ read }: Admin, { sslMode }: RedisTarget): Promise<Node[]> {
  const found = (await read(shards, 'CLUSTER', 'SHARDS')).flatMap(({ nodes }) => nodes);
  return found.map(({ endpoint, ip, port, 'tls-port': tlsPort }) => ({
    host: endpoint && endpoint !== '?' ? endpoint : ip,
    port: (sslMode === 'disable' ? port : tlsPort) ?? port ?? tlsPort ?? 0,
  }));
}

const WAYS = { replicas, cluster };

/** The other nodes that a node knows of, as far as the configuration asks for them. */
export async function neighbours(admin: Admin, target: RedisTarget): Promise<readonly Node[]> {
  return target.discover === undefined ? [] : WAYS[target.discover](admin, target);
}

import { readFileSync } from 'node:fs';
import { versionMarker } from '../../lib/core/version-marker.ts';
import { startServer, type TestServer } from './http-server.ts';

/** A service that reads its env file when it is told to, and reports the version that it read then. */
export interface ReloadingConsumer extends TestServer {
  /** How often it was told to. */
  reloads(): number;
  /** The lines that it works with. */
  lines(): string;
}

export async function startReloadingConsumer(
  envFile: string,
  secretIds: readonly string[],
): Promise<ReloadingConsumer> {
  let loaded = '';
  let reloads = 0;
  const versionOf = (id: string) => new RegExp(`^${versionMarker(id)}=(\\w+)$`, 'm').exec(loaded)?.[1];
  const server = await startServer((request, reply) => {
    if (request.method === 'POST') {
      loaded = readFileSync(envFile, 'utf8');
      reloads += 1;
    }
    reply.end(JSON.stringify({ versions: Object.fromEntries(secretIds.map((id) => [id, versionOf(id)])) }));
  });
  return { ...server, reloads: () => reloads, lines: () => loaded };
}

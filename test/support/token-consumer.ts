import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startServer, type TestServer } from './http-server.ts';

/** A service that reads a token from an env file when it is told to, reports its version, and uses it all the time. */
export interface TokenConsumer extends TestServer {
  readonly counts: { accepted: number; refused: number };
  /** How many times it will say that it reloaded, and not do it. */
  ignores: number;
  stop(): Promise<void>;
}

export interface Use {
  readonly url: string;
  readonly envFile: string;
  readonly secretId: string;
}

export async function startTokenConsumer({ url, envFile, secretId }: Use): Promise<TokenConsumer> {
  const read = () => Object.fromEntries(readFileSync(envFile, 'utf8').split('\n').map(assignment));
  const counts = { accepted: 0, refused: 0 };
  let env = read();
  let running = true;
  const server = await startServer((request, reply) => {
    if (request.url === '/reload') {
      if (consumer.ignores === 0) env = read();
      else consumer.ignores -= 1;
    }
    const version = Object.entries(env).find(([name]) => name.startsWith('KEYTURN_VERSION_'))?.[1];
    reply.end(JSON.stringify({ versions: version === undefined ? {} : { [secretId]: version } }));
  });
  const traffic = async () => {
    while (running) {
      const { status } = await fetch(url, { headers: { Authorization: `Bearer ${env.TOKEN}` } });
      counts[status === 200 ? 'accepted' : 'refused'] += 1;
      await pause(2);
    }
  };
  const under = traffic();
  const consumer: TokenConsumer = {
    ...server,
    counts,
    ignores: 0,
    stop: async () => {
      running = false;
      await under;
      await server.close();
    },
  };
  return consumer;
}

/** The env file of a consumer that uses `token`, before Keyturn has written to it. */
export const writeEnvFile = (envFile: string, token: string): void => writeFileSync(envFile, `TOKEN=${token}\n`);

const assignment = (line: string): [string, string] => {
  const [, name = '', value = ''] = /^(\w+)=['"]?(.*?)['"]?$/.exec(line) ?? [];
  return [name, value];
};

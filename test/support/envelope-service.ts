import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../lib/core/secret.ts';
import { unwrap, wrap } from '../../lib/plugins/encryption/wrapping.ts';
import { acceptableIn, keyOf, type Ring, ringOf } from '../../lib/plugins/keyring/ring.ts';
import { startServer } from './http-server.ts';
import { probed } from './probed-consumer.ts';

const held = z.object({ version: z.string(), keyring: z.string() });
const random = { bytes: (length: number) => randomBytes(length) };

export interface EnvelopeServiceOptions {
  readonly secretId: string;
  /** What it reads before each piece of work: `{ version, keyring }`. */
  readonly keyring: string;
  readonly folder: string;
  /** So many data keys it makes, and then writes the last one over and over. */
  readonly most: number;
}

/** An application under traffic: it wraps new data keys all the time, and opens all that are there. */
export async function startEnvelopeService({ secretId, keyring, folder, most }: EnvelopeServiceOptions) {
  const counts = { written: 0, opened: 0 };
  const failed: string[] = [];
  const kids = new Set<string>();
  let running = true;

  const read = async (): Promise<{ version: string; ring: Ring }> => {
    const { version, keyring: text } = held.parse(JSON.parse(await readFile(keyring, 'utf8')));
    return { version, ring: ringOf(Secret.of({ keyring: text })) };
  };
  const write = async () => {
    const key = keyOf((await read()).ring);
    const name = join(folder, `${Math.min(counts.written, most)}.key`);
    await writeFile(`${name}.new`, wrap(key, randomBytes(32), random));
    await rename(`${name}.new`, name);
    kids.add(key.kid);
    counts.written += 1;
  };
  const openAll = async () => {
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.key'))) {
      const text = await readFile(join(folder, name), 'utf8');
      const { ring } = await read();
      if (acceptableIn(ring).some((key) => unwrap(key, text) !== undefined)) counts.opened += 1;
      else failed.push(text.split('.', 2).join('.'));
    }
  };
  const traffic = (async () => {
    while (running) {
      await write();
      await openAll();
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  const server = await startServer(async (request, reply) => {
    const { version, ring } = await read();
    if (request.url === '/version') return reply.end(JSON.stringify({ versions: { [secretId]: version } }));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return reply.end(JSON.stringify(probed(ring, Buffer.concat(chunks).toString('utf8'))));
  });
  return {
    origin: server.origin,
    counts,
    failed,
    kids,
    close: async () => {
      running = false;
      await traffic;
      await server.close();
    },
  };
}

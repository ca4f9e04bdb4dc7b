import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../../lib/core/secret.ts';
import { startEnvelopeService } from '../../../test/support/envelope-service.ts';
import type { Part } from '../part.ts';

const SECRET = 'production/encryption/archive';
const PORT = 47_070;

/** An application that wraps a data key for each thing that it keeps, and opens all of them again and again. */
export async function archive(folder: string): Promise<Part> {
  const data = join(folder, 'archive');
  mkdirSync(data);
  const keyring = join(folder, 'archive-keyring.json');
  const key = randomBytes(32).toString('base64');
  const first = { kid: 'by-hand', state: 'active', since: '2026-01-01T00:00:00.000Z', material: key };
  writeFileSync(keyring, JSON.stringify({ version: '', keyring: JSON.stringify({ keys: [first] }) }));
  const service = await startEnvelopeService({ secretId: SECRET, keyring, folder: data, most: 50 });
  const isUnder = (kid: string) =>
    readdirSync(data)
      .filter((name) => name.endsWith('.key'))
      .some((name) => readFileSync(join(data, name), 'utf8').split('.')[1] === kid);
  return {
    ports: { [PORT]: Number(new URL(service.origin).port) },
    first: { [SECRET]: Secret.of({ kid: 'by-hand', key }) },
    services: [],
    looksAt: [SECRET],
    look: async (_, value) => (isUnder(value.field('kid') ?? '') ? 'accepted' : 'refused'),
    counts: () => ({ tried: service.counts.opened + service.failed.length, failed: service.failed.length }),
    stop: () => service.close(),
  };
}

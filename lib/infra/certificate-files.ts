import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RotationError } from '../core/errors.ts';

/** Every file named by a key `caFile` or `rootFile`: public certificates, which must travel with the functions that trust them. */
export function certificateFiles(values: readonly unknown[], baseDir: string): Record<string, string> {
  const names = [...new Set(values.flatMap(namesIn))];
  return Object.fromEntries(names.map((name) => [name, readCertificate(baseDir, name)]));
}

const NAMED_BY: readonly string[] = ['caFile', 'rootFile'];

function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    NAMED_BY.includes(key) && typeof child === 'string' ? [child] : namesIn(child),
  );
}

function readCertificate(baseDir: string, name: string): string {
  const text = readFileSync(join(baseDir, name), 'utf8');
  if (text.includes('-----BEGIN CERTIFICATE-----') && !text.includes('PRIVATE KEY')) return text;
  throw new RotationError('ConfigInvalid', {
    subject: name,
    detail: 'such a file holds certificates in PEM and nothing else',
  });
}

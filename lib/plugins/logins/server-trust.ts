import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { errorCode, RotationError } from '../../core/errors.ts';

/** How a server must prove itself; keys of a target. */
export const trustFields = {
  /** `require` encrypts without proof of who answers; `disable` sends everything in clear. */
  sslMode: z.enum(['disable', 'require', 'verify-full']).default('verify-full'),
  /** The CA that signed the server's certificate; the system's when absent. */
  caFile: z.string().min(1).optional(),
};

type Trust = z.output<z.ZodObject<typeof trustFields>>;

/** What must hold between the two. */
export const trustRule = {
  path: 'caFile',
  expected: 'expected no caFile: only sslMode verify-full reads it',
  broken: ({ caFile, sslMode }: Trust): boolean => caFile !== undefined && sslMode !== 'verify-full',
} as const;

/** The same as Node's TLS options; `false` is a connection in clear. @throws StorageFailed when the CA file cannot be read */
export async function trustOf(
  { sslMode, caFile }: Trust,
  baseDir: string,
): Promise<false | { rejectUnauthorized: boolean; ca?: string }> {
  if (sslMode === 'disable') return false;
  if (sslMode === 'require') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(caFile !== undefined && { ca: await readCa(resolve(baseDir, caFile)) }) };
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('StorageFailed', { subject: `CA file ${path}`, ...(code && { code }) });
  }
}

import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { Clock, Session } from '../../core/ports.ts';
import type { Admin } from './admin.ts';

const backend = z.object({
  pid: z.int(),
  principal: z.string(),
  application: z.string(),
  ageMs: z.number().nullable(),
});

/** A session with the process that serves it. */
export interface Backend extends Session {
  readonly pid: number;
}

/** Every kind of connection counts, also a replication one; parallel workers belong to a session that is listed. */
const BACKENDS = `
  SELECT pid, usename AS principal, coalesce(application_name, '') AS application,
    (extract(epoch FROM clock_timestamp() - backend_start) * 1000)::float8 AS "ageMs"
  FROM pg_stat_activity
  WHERE usename = ANY($1::name[]) AND backend_type IS DISTINCT FROM 'parallel worker'
  ORDER BY backend_start, pid`;

/**
 * Who is logged in as one of `roles`, in any database. Times are by our own clock: the server's may differ from it. It is
 * read before the question, so that a session never looks younger than it is: one that began while the question was on
 * its way may be taken for an old one, and its client logs in anew, but no old one is ever taken for a new one.
 *
 * @throws AccessDenied when the admin role may not see when sessions began
 */
export async function readBackends(admin: Admin, clock: Clock, roles: readonly string[]): Promise<Backend[]> {
  const asked = clock.now();
  const found = await admin.rows(backend, BACKENDS, [roles]);
  return found.map(({ ageMs, ...rest }) => {
    if (ageMs !== null) return { ...rest, startedAt: Math.floor(asked - ageMs) };
    const detail = `it may not see the sessions of ${rest.principal}: GRANT pg_read_all_stats or the role itself to it`;
    throw new RotationError('AccessDenied', { subject: `admin role ${admin.role}`, detail });
  });
}

const END_TIMEOUT_MS = 5000;
const ROUNDS = 5;
const ended = z.object({ ended: z.boolean() });

/**
 * Ends the sessions that `wanted` finds, until it finds none.
 *
 * @throws StillAccepted when some do not end
 */
export async function endBackends(
  admin: Admin,
  role: string,
  wanted: () => Promise<readonly Backend[]>,
): Promise<number> {
  let count = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const backends = await wanted();
    if (backends.length === 0) return count;
    const pids = backends.map(({ pid }) => pid);
    await admin.rows(ended, `SELECT pg_terminate_backend(pid, ${END_TIMEOUT_MS}) AS ended FROM unnest($1::int[]) pid`, [
      pids,
    ]);
    count += backends.length;
  }
  throw new RotationError('StillAccepted', { subject: `role ${role}`, detail: 'its sessions do not end' });
}

import { z } from 'zod';
import { isRotationError, RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import type { Login } from '../logins/login.ts';
import { loginFiles } from './files.ts';
import type { VaultServer } from './server.ts';
import { openSession } from './session.ts';
import type { StaticRoleSettings } from './settings.ts';
import { type VaultReply, wireOf } from './transport.ts';

/** One static role of a database engine: the server holds its password, and makes the next one. */
export interface StaticRole {
  /** As messages name it. */
  readonly name: string;
  /** @throws TargetNotPrepared for a dynamic role, or none */
  read(): Promise<Login>;
  /** @throws OutcomeUnknown when the database may have taken another password or not */
  rotate(): Promise<void>;
}

const held = z.object({ data: z.object({ username: z.string().min(1), password: z.string().min(1) }) });

export function vaultStaticRole({ mount, role, ...connection }: StaticRoleSettings, deps: PluginDeps): StaticRole {
  const files = loginFiles(deps.baseDir);
  const wire = wireOf(connection, files, deps);
  const { clock, log } = deps;
  const name = `vault ${mount}/static-roles/${role}`;

  /** One login for one call, and none that outlives it. */
  const within = async <Result>(work: (server: VaultServer) => Promise<Result>): Promise<Result> => {
    const session = openSession({ wire, auth: connection.auth, files, clock, log });
    try {
      return await work(session.send);
    } finally {
      await session.close();
    }
  };

  return {
    name,
    read: () =>
      within(async (server) => {
        const path = `${mount}/static-creds/${role}`;
        const { body } = await server({ verb: 'read', path, capability: 'read' });
        const reply = held.safeParse(body);
        if (reply.success) return reply.data.data;
        throw notStatic(name, await isDynamic(server, `${mount}/roles/${role}`), `${mount}/static-roles/${role}`);
      }),
    rotate: () =>
      within(async (server) => {
        const path = `${mount}/rotate-role/${role}`;
        requireDone(await server({ verb: 'write', path, json: {}, capability: 'update' }), path);
      }),
  };
}

/** The policy need not allow the question: then it is only not said. */
async function isDynamic(server: VaultServer, path: string): Promise<boolean> {
  try {
    return (await server({ verb: 'read', path, capability: 'read' })).status === 200;
  } catch (error) {
    if (isRotationError(error, 'AccessDenied')) return false;
    throw error;
  }
}

function notStatic(subject: string, dynamic: boolean, path: string): RotationError {
  const why = dynamic
    ? 'the role is dynamic: each of its users ends with its lease and has nothing to rotate'
    : 'there is no such static role';
  const detail = `${why}; make one with \`vault write ${path} db_name=... username=... rotation_period=...\``;
  return new RotationError('TargetNotPrepared', { subject, detail });
}

function requireDone({ status }: VaultReply, path: string): void {
  if (status === 200 || status === 204) return;
  const detail = 'the server does not rotate it: is it a static role?';
  throw new RotationError('TargetNotPrepared', { subject: `vault ${path}`, detail, code: `http-${status}` });
}

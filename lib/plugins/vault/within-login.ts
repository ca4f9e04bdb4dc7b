import type { PluginDeps } from '../../core/ports.ts';
import { loginFiles } from './files.ts';
import type { VaultServer } from './server.ts';
import { openSession } from './session.ts';
import type { VaultConnection } from './settings.ts';
import { type Wire, wireOf } from './transport.ts';

export interface WithinLogin {
  readonly wire: Wire;
  /** One login for this work, and none that outlives it. */
  within<Result>(work: (server: VaultServer) => Promise<Result>): Promise<Result>;
}

/** @param engine - the mount that is asked beside logins, and the parts of it */
export function withinLogin(
  connection: VaultConnection,
  deps: PluginDeps,
  engine: { readonly mount?: string; readonly parts?: readonly string[] } = {},
): WithinLogin {
  const files = loginFiles(deps.baseDir);
  const wire = wireOf({ ...connection, ...engine }, files, deps);
  return {
    wire,
    within: async (work) => {
      const { clock, log } = deps;
      const session = openSession({ wire, auth: connection.auth, files, clock, log });
      try {
        return await work(session.send);
      } finally {
        await session.close();
      }
    },
  };
}

import { randomBytes } from 'node:crypto';
import type { FakeReply, FakeVault } from './fake-vault.ts';

/** What stands behind an engine: the database whose passwords it changes. */
export interface Engine {
  /** Static role -> its login. */
  readonly logins: Map<string, { readonly username: string; password: string }>;
  readonly dynamic: ReadonlySet<string>;
  setPassword(username: string, password: string): Promise<void>;
}

/**
 * A database engine at the mount `database` of a fake Vault, whose static roles change passwords of a real server. It
 * leaves out leases, its own schedule, policies, and what happens when the database is down.
 */
export function serveDatabaseEngine(vault: FakeVault, engine: Engine): void {
  vault.engine = async ({ path, token = '' }) => {
    const [, action = '', role = ''] = /^database\/(static-creds|rotate-role|roles)\/(.*)$/.exec(path) ?? [];
    if (action === '') return undefined;
    return vault.tokens.has(token) ? ACTIONS[action]?.(engine, role) : refused(403);
  };
}

const refused = (status: number): FakeReply => ({ status, body: { errors: ['words of the server'] } });

type Action = (engine: Engine, role: string) => FakeReply | Promise<FakeReply>;

const ACTIONS: Readonly<Record<string, Action>> = {
  'static-creds': ({ logins }, role) => {
    const data = logins.get(role);
    return data === undefined ? refused(400) : { status: 200, body: { data } };
  },
  'rotate-role': async ({ logins, setPassword }, role) => {
    const login = logins.get(role);
    if (login === undefined) return refused(400);
    login.password = randomBytes(15).toString('base64url');
    await setPassword(login.username, login.password);
    return { status: 204 };
  },
  roles: ({ dynamic }, role) => (dynamic.has(role) ? { status: 200, body: { data: {} } } : refused(404)),
};

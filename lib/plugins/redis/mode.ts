import type { Change, Switch } from '../../core/ports.ts';
import type { SwitchLogins } from '../logins/switch-logins.ts';
import type { Admin } from './admin.ts';
import type { RedisSession } from './connections.ts';

/** The names of the old login and the new one. */
export interface LoginNames {
  readonly previous: string;
  readonly next: string;
}

/** What stands between a node and a rotation. */
export interface Survey {
  /** Arguments of ACL SETUSER for the next user that the node lacks, none with a value. */
  readonly missing: readonly string[];
  /** What no command of ours may mend, one line each, with its remedy. */
  readonly obstacles: readonly string[];
}

/** What differs between two alternating users and one with two passwords; each works at one node. */
export interface Mode {
  nextUser(current: string): string;
  survey(admin: Admin, names: LoginNames): Promise<Survey>;
  /** Has the next credential accepted. */
  admit(admin: Admin, logins: SwitchLogins): Promise<void>;
  /** Those of the sessions of both logins that use the previous credential, as far as it can be told. */
  old(sessions: readonly RedisSession[], change: Switch, logins: SwitchLogins): readonly RedisSession[];
  /** Has the next credential refused and its sessions ended. */
  withdraw(admin: Admin, change: Switch, logins: SwitchLogins): Promise<Change>;
  /** Has the previous credential refused and its sessions ended. */
  retire(admin: Admin, change: Switch, logins: SwitchLogins): Promise<Change>;
}

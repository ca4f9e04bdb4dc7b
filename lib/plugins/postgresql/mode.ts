import type { Change, Switch } from '../../core/ports.ts';
import type { SwitchLogins } from '../logins/switch-logins.ts';
import type { Admin } from './admin.ts';
import type { Backend } from './sessions.ts';
import type { Surveyor } from './survey.ts';

/** What differs between two alternating logins and a single one; an `admin` is a session of the admin role. */
export interface Mode {
  /** The login of the next credential. */
  nextLogin(current: string): string;
  readonly survey: Surveyor;
  /** Those of the backends of both logins that use the previous credential. */
  old(backends: readonly Backend[], change: Switch, logins: SwitchLogins): readonly Backend[];
  /** Has the next credential refused and its sessions ended. */
  withdraw(admin: Admin, change: Switch, logins: SwitchLogins): Promise<Change>;
  /** Has the previous credential refused and its sessions ended. */
  retire(admin: Admin, change: Switch, logins: SwitchLogins): Promise<Change>;
}

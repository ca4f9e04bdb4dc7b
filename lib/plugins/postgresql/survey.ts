import type { Admin } from './admin.ts';

/** One statement that the target lacks, and whether the admin role may run it. */
export interface Step {
  readonly sql: string;
  readonly may: boolean;
}

/** What stands between the target and a rotation. */
export interface Survey {
  /** In the order in which they are run; none when nothing is missing. */
  readonly steps: readonly Step[];
  /** What no statement of ours may mend, one line each, with its remedy. */
  readonly obstacles: readonly string[];
  /** The statement that lets the next credential in, for a password literal. */
  enable(password: string): Step;
}

/** The names of the old login and the new one. */
export interface LoginNames {
  readonly previous: string;
  readonly next: string;
}

/** Looks at what a change from one login to the other needs. */
export type Surveyor = (admin: Admin, logins: LoginNames) => Promise<Survey>;

/** Why the rotation cannot be done as it stands, one line each. */
export function blocks({ obstacles, steps, enable }: Survey, adminRole: string): string[] {
  const denied = [...steps, enable("'...'")].filter(({ may }) => !may);
  return [...obstacles, ...denied.map(({ sql }) => `the admin role ${adminRole} may not run: ${sql}`)];
}

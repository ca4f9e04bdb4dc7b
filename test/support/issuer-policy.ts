import { readSource } from './sources.ts';

/** The policy that docs/issuers.md gives the admin of a role's secret ids, for another role than the page's. */
export function policyOfThePage(role: string): string {
  const [, policy = ''] = /```hcl\n(.*?)```/s.exec(readSource('docs/issuers.md')) ?? [];
  return policy.replaceAll('role/orders/', `role/${role}/`);
}

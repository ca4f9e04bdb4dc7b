import type { Session } from '../../core/ports.ts';

/** `2 sessions of orders_a (orders-api 2)`; names that clients gave themselves are shown only when they are harmless. */
export function describeSessions(found: readonly Session[], login: string): string {
  const counts = new Map<string, number>();
  for (const { application } of found) {
    const name = /^[\w .:/@-]{1,63}$/.test(application) ? application : 'unnamed';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const listed = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  const sessions = found.length === 1 ? '1 session' : `${found.length || 'no'} sessions`;
  return `${sessions} of ${login}${listed && ` (${listed})`}`;
}

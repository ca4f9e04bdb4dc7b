import type { SecretEntry, Waiver } from './config.ts';

/** A waiver counts to the end of its last day, in UTC. @param now epoch ms */
export const hasExpired = ({ expires }: Waiver, now: number): boolean =>
  new Date(now).toISOString().slice(0, 10) > expires;

/** What a secret's expired waivers were for: consumers by name, or that it has any. @param now epoch ms */
export function expiredWaivers({ waived, consumers }: SecretEntry, now: number): string[] {
  const all = [{ name: 'having no consumers', waived }, ...consumers];
  return all.filter((it) => it.waived !== undefined && hasExpired(it.waived, now)).map(({ name }) => name);
}

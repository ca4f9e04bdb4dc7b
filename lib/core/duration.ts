import { z } from 'zod';

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,6})(s|m|h|d)$/;

const isUnit = (text: string | undefined): text is keyof typeof UNITS =>
  text !== undefined && Object.hasOwn(UNITS, text);

/** `90s`, `10m`, `24h`, `90d` in a configuration; seconds in the code. */
export const duration = z
  .string()
  .regex(DURATION, 'expected a whole number and a unit: 90s, 10m, 24h, 90d')
  .transform((text) => {
    const [, amount, unit] = DURATION.exec(text) ?? [];
    return isUnit(unit) ? Number(amount) * UNITS[unit] : 0;
  })
  .meta({ type: 'string', pattern: DURATION.source });

/** Seconds for people: the largest unit that divides them. */
export function showDuration(seconds: number): string {
  const fitting = (['d', 'h', 'm'] as const).find((unit) => seconds >= UNITS[unit] && seconds % UNITS[unit] === 0);
  return fitting === undefined ? `${seconds}s` : `${seconds / UNITS[fitting]}${fitting}`;
}

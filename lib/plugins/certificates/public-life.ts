const DAY = 86_400;

/** The most that browsers accept of a certificate under a public authority (CA/Browser Forum, ballot SC-081), the latest first. */
const PUBLIC_LIVES: readonly { readonly from: number; readonly days: number }[] = [
  { from: Date.UTC(2029, 2, 15), days: 47 },
  { from: Date.UTC(2027, 2, 15), days: 100 },
  { from: Date.UTC(2026, 2, 15), days: 200 },
  { from: 0, days: 398 },
];

/** Seconds that a public certificate may live which is made at this moment (epoch ms). */
export const publicLife = (madeAt: number): number =>
  (PUBLIC_LIVES.find(({ from }) => madeAt >= from)?.days ?? 0) * DAY;

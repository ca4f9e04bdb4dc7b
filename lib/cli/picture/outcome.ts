import type { StateRun } from './run-overlay.ts';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** A time as people read it: 1240 as `1.2 s`, 5400000 as `1.5 h`. */
function readableTime(milliseconds: number): string {
  const [size, unit] = UNITS.find(([it]) => milliseconds >= it) ?? [1, 'ms'];
  return `${Number((milliseconds / size).toFixed(milliseconds / size < 10 ? 1 : 0))} ${unit}`;
}

const SAYS: Readonly<Record<StateRun['status'], string>> = {
  succeeded: '✓',
  caught: 'caught',
  aborted: 'stopped',
  running: 'running',
  failed: 'failed',
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What happened in a state, in a line; `undefined` when it was not entered. */
export function outcomeOf(run: StateRun | undefined): string | undefined {
  if (run === undefined) return undefined;
  const { status, visits, retries, milliseconds, error } = run;
  const shows = status === 'failed' || status === 'caught' ? error : undefined;
  return [
    shows === undefined ? SAYS[status] : `${SAYS[status]} ${shows}`,
    ...(visits > 1 ? [`${visits} times`] : []),
    ...(retries > 0 ? [counted(retries, 'retry', 'retries')] : []),
    readableTime(milliseconds),
  ].join(' · ');
}

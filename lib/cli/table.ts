import Table from 'cli-table3';

const BORDERS = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
] as const;
const NO_BORDERS = Object.fromEntries(BORDERS.map((name) => [name, name === 'middle' ? '  ' : '']));

/** Rows under a head, in columns and without lines: to be read, and to be cut by other tools. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push(
    head.map((title) => title.toUpperCase()),
    ...rows.map((row) => [...row]),
  );
  return drawn.toString().replaceAll(/ +$/gm, '');
}

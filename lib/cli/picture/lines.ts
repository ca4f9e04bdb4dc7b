/** A place in the picture, in pixels from its top left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const TIP_LENGTH = 8;
const TIP_ANGLE = 0.42;
const CORNER = 7;

/** Data of an SVG path from commands and numbers. */
export const pathData = (...parts: readonly (string | number)[]): string =>
  parts.map((part) => (typeof part === 'number' ? Math.round(part * 10) / 10 : part)).join(' ');

/** `from`, moved by `length` pixels towards `to`, half of the way at most. */
function towards(from: Point, to: Point, length: number): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const share = distance === 0 ? 0 : Math.min(length, distance / 2) / distance;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** A line along points, with rounded corners. */
export function roundedLine(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  const corners = rest.slice(0, -1).flatMap((corner, index) => {
    const before = towards(corner, points[index] ?? corner, CORNER);
    const after = towards(corner, points[index + 2] ?? corner, CORNER);
    return ['L', before.x, before.y, 'Q', corner.x, corner.y, after.x, after.y];
  });
  return pathData('M', first.x, first.y, ...corners, 'L', last.x, last.y);
}

/** The arrowhead at the end of a line. */
export function arrowhead(points: readonly Point[]): string {
  const [before, end] = points.slice(-2);
  if (before === undefined || end === undefined) return '';
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const wings = [TIP_ANGLE, -TIP_ANGLE].flatMap((turn) => [
    'L',
    end.x - TIP_LENGTH * Math.cos(angle + turn),
    end.y - TIP_LENGTH * Math.sin(angle + turn),
  ]);
  return pathData('M', end.x, end.y, ...wings, 'Z');
}

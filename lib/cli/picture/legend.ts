import { classOf, GLYPHS } from './glyphs.ts';
import type { Box } from './graph.ts';
import { SMALL } from './measure.ts';
import type { StateStatus } from './run-overlay.ts';
import { textWidth } from './text-width.ts';
import { element, textElement } from './xml.ts';

/** One entry: how it looks, in a place 28 wide and 18 high, and what it means. */
interface Entry {
  readonly sign: string;
  readonly means: string;
}

/** A legend and the height that it takes. */
export interface Legend {
  readonly svg: string;
  readonly height: number;
}

const SIGN_WIDTH = 28;
const GAP = 22;
const ROW = 24;

const TYPES: Readonly<Record<string, string>> = {
  task: 'task',
  callback: 'task that waits for an answer',
  choice: 'choice',
  pass: 'pass',
  wait: 'wait',
  map: 'map: for each item',
  parallel: 'parallel: branches at once',
  succeed: 'success',
  fail: 'failure',
};

const STATUSES: Readonly<Record<StateStatus, string>> = {
  succeeded: 'went well',
  caught: 'failed, and was caught',
  failed: 'failed',
  running: 'running',
  aborted: 'stopped',
};

const glyphEntry = (type: string, means: string): Entry => ({
  sign: element(
    'g',
    { class: type },
    element('path', { class: 'glyph', d: GLYPHS[type] ?? '', 'stroke-linejoin': 'round' }),
  ),
  means,
});

const lineEntry = (kind: string, means: string): Entry => ({
  sign: element('g', { class: kind }, element('path', { class: 'edge', d: 'M 0 9 H 22' })),
  means,
});

const statusEntry = (status: string, means: string): Entry => ({
  sign: element('g', { class: status }, element('rect', { class: 'shape', x: 1, y: 2, width: 20, height: 14, rx: 4 })),
  means,
});

function entriesOf(boxes: readonly Box[], hasRun: boolean): Entry[] {
  const present = new Set(boxes.map(classOf));
  const types = Object.entries(TYPES).filter(([type]) => present.has(type));
  return [
    ...types.map(([type, means]) => glyphEntry(type, means)),
    lineEntry('next', 'goes on'),
    lineEntry('catch', 'on an error'),
    ...(hasRun ? Object.entries(STATUSES).map(([status, means]) => statusEntry(status, means)) : []),
    ...(hasRun ? [statusEntry('unvisited', 'not entered'), lineEntry('taken', 'the way it went')] : []),
  ];
}

/** What the signs mean, in as many rows as fit the width; only types that are there. */
export function legend(boxes: readonly Box[], hasRun: boolean, width: number): Legend {
  let [x, y] = [0, 0];
  const placed = entriesOf(boxes, hasRun).map(({ sign, means }) => {
    const room = SIGN_WIDTH + textWidth(means, SMALL);
    if (x > 0 && x + room > width) [x, y] = [0, y + ROW];
    const drawn = element(
      'g',
      { transform: `translate(${x} ${y})` },
      sign,
      textElement(means, { class: 'small', x: SIGN_WIDTH, y: 13 }),
    );
    x += room + GAP;
    return drawn;
  });
  return { svg: placed.join('\n'), height: y + ROW };
}

import { isTaken } from './draw-lines.ts';
import { classOf, GLYPHS } from './glyphs.ts';
import type { PlacedBox } from './layout.ts';
import { arrowhead, type Point, pathData, roundedLine } from './lines.ts';
import { HEAD, INDENT, isDiamond, LINE, PADDING, type Size, STUB_INDENT } from './measure.ts';
import type { RunOverlay } from './run-overlay.ts';
import { element, textElement, titleElement } from './xml.ts';

const ROUND = 9;

function diamond({ x, y, width, height }: PlacedBox): string {
  const [right, bottom, middle, centre] = [x + width, y + height, y + height / 2, x + width / 2];
  const d = pathData('M', centre, y, 'L', right, middle, 'L', centre, bottom, 'L', x, middle, 'Z');
  return element('path', { class: 'shape', d, 'stroke-linejoin': 'round' });
}

function rectangle({ box, x, y, width, height }: PlacedBox): string {
  const isEnding = box.type === 'Succeed' || box.type === 'Fail';
  const ground = box.regions.length > 0 ? 'shape region' : 'shape';
  return element('rect', { class: ground, x, y, width, height, rx: isEnding ? 22 : ROUND });
}

const glyph = (name: string, x: number, y: number): string =>
  element('path', {
    class: 'glyph',
    d: GLYPHS[name] ?? '',
    transform: pathData(`translate(${Math.round(x)}`, `${Math.round(y)})`),
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });

/** Lines in the middle of a diamond. */
function diamondText({ measured, x, y, width, height }: PlacedBox): string[] {
  const centre = { x: x + width / 2, 'text-anchor': 'middle' };
  const middle = y + height / 2;
  const { name, outcome } = measured;
  if (outcome === undefined) return [textElement(name, { class: 'name', ...centre, y: middle + 4.5 })];
  return [
    textElement(name, { class: 'name', ...centre, y: middle - 3 }),
    textElement(outcome, { class: 'small outcome', ...centre, y: middle + 13 }),
  ];
}

function cardText({ box, measured, x, y }: PlacedBox): string[] {
  const { name, caption, outcome } = measured;
  return [
    element('rect', { class: 'tile', x: x + PADDING - 4, y: y + 11, width: 26, height: 26, rx: 7 }),
    glyph(classOf(box), x + PADDING, y + 15),
    textElement(name, { class: 'name', x: x + INDENT, y: y + 21 }),
    textElement(caption, { class: 'small', x: x + INDENT, y: y + 37 }),
    ...(outcome === undefined
      ? []
      : [textElement(outcome, { class: 'small outcome', x: x + INDENT, y: y + HEAD + 6 })]),
  ];
}

/** Transitions on errors that are written in the box: a short dashed line and where it leads. */
function stubs(placed: PlacedBox, nameOf: (id: string) => string, run: RunOverlay | undefined): string[] {
  const { box, measured, x, y } = placed;
  const first = y + HEAD + 6 + (measured.outcome === undefined ? 0 : LINE);
  return box.stubs.map((edge, index) => {
    const baseline = first + index * LINE;
    const [left, height] = [x + INDENT, baseline - 4];
    const taken = isTaken(edge, box.name, nameOf(edge.to), run) ? ' taken' : '';
    const dash = [
      { x: left, y: height },
      { x: left + STUB_INDENT - 6, y: height },
    ];
    return element(
      'g',
      { class: `line catch stub${taken}`, 'data-from': edge.from, 'data-to': edge.to },
      element('path', { class: 'edge', d: roundedLine(dash) }),
      element('path', { class: 'tip', d: arrowhead(dash) }),
      textElement(measured.stubs[index] ?? '', { class: 'small', x: left + STUB_INDENT, y: baseline }),
    );
  });
}

function runClass({ box }: PlacedBox, run: RunOverlay | undefined): string {
  if (run === undefined) return '';
  const visited = run.states.get(box.name);
  return visited ? ` visited ${visited.status}` : ' unvisited';
}

/** A state: its shape, glyph, name, caption, what happened in it, and where it goes on errors. */
export function drawBox(placed: PlacedBox, nameOf: (id: string) => string, run: RunOverlay | undefined): string {
  const { box, measured } = placed;
  const says = [`${box.name}: ${measured.caption}`, measured.outcome].filter((line) => line !== undefined).join('; ');
  return element(
    'g',
    { class: `state ${classOf(box)}${runClass(placed, run)}`, 'data-state': box.id },
    titleElement(says),
    isDiamond(box) ? diamond(placed) : rectangle(placed),
    ...(isDiamond(box) ? diamondText(placed) : cardText(placed)),
    ...stubs(placed, nameOf, run),
  );
}

/** The frame around a branch of a Parallel. */
export const drawLane = (place: Point & Size): string => element('rect', { class: 'lane', ...place, rx: ROUND });

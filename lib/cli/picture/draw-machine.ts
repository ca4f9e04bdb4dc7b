import { drawBox, drawLane } from './draw-boxes.ts';
import { drawDot, drawLine } from './draw-lines.ts';
import { boxesOf, readGraph } from './graph.ts';
import { type Layout, layOut } from './layout.ts';
import { legend } from './legend.ts';
import { measure } from './measure.ts';
import type { RunOverlay } from './run-overlay.ts';
import { textWidth } from './text-width.ts';
import { STYLE } from './theme.ts';
import { element, escapeXml, textElement, titleElement } from './xml.ts';

/** What to draw besides the machine. */
export interface DrawOptions {
  /** Written above the picture, and its name for those who do not see it. */
  readonly title?: string;
  /** What happened in one execution. */
  readonly run?: RunOverlay;
}

const MARGIN = 28;
const HEADER = 46;
const NARROWEST = 420;
const TITLE = { size: 20, bold: true };

const sentence = (count: number, run: RunOverlay | undefined): string =>
  `A state machine of ${count} states${run ? `; the execution drawn on it is ${run.status}` : ''}.`;

const shift = (x: number, y: number, ...content: readonly string[]): string =>
  element('g', { transform: `translate(${x} ${y})` }, ...content);

/** Containers first, so that what is inside comes on top; lines above them, boxes above lines. */
function content({ boxes, edges, dots, lanes }: Layout, nameOf: (id: string) => string, run?: RunOverlay): string {
  const [containers, cards] = [
    boxes.filter((it) => it.box.regions.length > 0),
    boxes.filter((it) => it.box.regions.length === 0),
  ];
  return [
    ...containers.map((placed) => drawBox(placed, nameOf, run)),
    ...lanes.map(drawLane),
    ...edges.map((placed) => drawLine(placed, nameOf, run)),
    ...dots.map(drawDot),
    ...cards.map((placed) => drawBox(placed, nameOf, run)),
  ].join('\n');
}

/**
 * Draws a state machine as an SVG of its own: no scripts, no links, light or dark as the viewer is.
 *
 * It shows the definition and, of an execution, which states were entered, how often, how long, and names of errors;
 * never an input or an output.
 */
export async function drawMachine(
  definition: object,
  { title = 'State machine', run }: DrawOptions = {},
): Promise<string> {
  const region = readGraph(definition);
  const boxes = boxesOf(region);
  const names = new Map(boxes.map(({ id, name }) => [id, name]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  const layout = await layOut(region, (box) => measure(box, nameOf, run));
  const inner = Math.max(layout.width, textWidth(title, TITLE), NARROWEST);
  const signs = legend(boxes, run !== undefined, inner);
  const [width, height] = [inner + 2 * MARGIN, HEADER + layout.height + signs.height + 3 * MARGIN];
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'keyturn',
      role: 'img',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'aria-label': title,
    },
    titleElement(title),
    element('desc', {}, escapeXml(sentence(boxes.length, run))),
    element('style', {}, escapeXml(STYLE)),
    element('rect', { class: 'page', width, height }),
    textElement(title, { class: 'title', x: MARGIN, y: MARGIN + 20 }),
    shift(MARGIN + (inner - layout.width) / 2, HEADER + MARGIN, content(layout, nameOf, run)),
    shift(MARGIN, HEADER + layout.height + 2 * MARGIN, signs.svg),
  );
}

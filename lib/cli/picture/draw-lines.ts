import type { Edge } from './graph.ts';
import type { PlacedDot, PlacedEdge } from './layout.ts';
import { arrowhead, roundedLine } from './lines.ts';
import type { RunOverlay, Transition } from './run-overlay.ts';
import { element, textElement, titleElement } from './xml.ts';

/** Whether an execution went along an edge. What follows a state anyway may have followed it on an error. */
export function isTaken({ kind }: Pick<Edge, 'kind'>, from: string, to: string, run: RunOverlay | undefined): boolean {
  const fits = ({ caught }: Transition): boolean => kind === 'next' || caught === (kind === 'catch');
  return run?.transitions.some((made) => made.from === from && made.to === to && fits(made)) ?? false;
}

function label({ edge, label: place }: PlacedEdge): string {
  if (edge?.label === undefined || place === undefined) return '';
  return textElement(edge.label, { class: 'small', x: place.x + 4, y: place.y + 12 });
}

/** A transition: its line, its arrowhead, its label. */
export function drawLine(placed: PlacedEdge, nameOf: (id: string) => string, run: RunOverlay | undefined): string {
  const { edge, points } = placed;
  const line = element('path', { class: 'edge', d: roundedLine(points) });
  const tip = element('path', { class: 'tip', d: arrowhead(points) });
  if (edge === undefined) return element('g', { class: 'line' }, line, tip);
  const [from, to] = [nameOf(edge.from), nameOf(edge.to)];
  const taken = isTaken(edge, from, to, run) ? ' taken' : '';
  return element(
    'g',
    { class: `line ${edge.kind}${taken}`, 'data-from': edge.from, 'data-to': edge.to },
    titleElement(`${from} to ${to}`),
    line,
    tip,
    label(placed),
  );
}

/** The dot where a region begins; the ring where the machine ends. */
export function drawDot({ kind, x, y, width }: PlacedDot): string {
  const radius = width / 2;
  const centre = { cx: x + radius, cy: y + radius };
  if (kind === 'start') return element('circle', { class: 'dot', ...centre, r: radius - 1 });
  return element(
    'g',
    {},
    element('circle', { class: 'ring', ...centre, r: radius }),
    element('circle', { class: 'dot', ...centre, r: radius - 3 }),
  );
}

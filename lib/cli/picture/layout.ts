import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk.bundled.js';
import { contentOf, DOT_LINE, dotId, lineId, type Measurer, OPTIONS } from './elk-graph.ts';
import type { Box, Edge, Region } from './graph.ts';
import type { Point } from './lines.ts';
import { isDiamond, type Measured, type Size } from './measure.ts';

/** A box where it is drawn. */
export interface PlacedBox extends Point, Size {
  readonly box: Box;
  readonly measured: Measured;
}

/** A line where it is drawn. */
export interface PlacedEdge {
  /** `undefined` for the line from a start dot or to an end dot. */
  readonly edge: Edge | undefined;
  readonly points: readonly Point[];
  readonly label: (Point & Size) | undefined;
}

/** The dot where a region begins, or the ring where the machine ends. */
export interface PlacedDot extends Point, Size {
  readonly kind: 'start' | 'end';
}

/** Everything where it is drawn; a Map or Parallel comes before what is inside. */
export interface Layout extends Size {
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
  readonly dots: readonly PlacedDot[];
  /** The branches of Parallels. */
  readonly lanes: readonly (Point & Size)[];
}

const shifted = (origin: Point, { x = 0, y = 0 }: { x?: number; y?: number }): Point => ({
  x: origin.x + x,
  y: origin.y + y,
});

const placed = (origin: Point, shape: ElkNode): Point & Size => ({
  ...shifted(origin, shape),
  width: shape.width ?? 0,
  height: shape.height ?? 0,
});

/** ELK ends lines at the rectangle around a diamond; this goes on, up or down, to the diamond itself. */
function onDiamond(point: Point, { x, y, width, height }: Point & Size): Point {
  const slope = Math.min(1, Math.abs(point.x - x - width / 2) / (width / 2));
  const isAbove = point.y < y + height / 2;
  return { x: point.x, y: point.y + (slope * height * (isAbove ? 1 : -1)) / 2 };
}

type Diamonds = ReadonlyMap<string, Point & Size>;

function endPoint(point: Point, id: string | undefined, origin: Point, diamonds: Diamonds): Point {
  const diamond = diamonds.get(id ?? '');
  return diamond ? onDiamond(shifted(origin, point), diamond) : shifted(origin, point);
}

function placedEdge(line: ElkExtendedEdge, origin: Point, edge: Edge | undefined, diamonds: Diamonds): PlacedEdge[] {
  const [section] = line.sections ?? [];
  const [label] = line.labels ?? [];
  if (section === undefined) return [];
  const points = [
    endPoint(section.startPoint, line.sources[0], origin, diamonds),
    ...(section.bendPoints ?? []).map((point) => shifted(origin, point)),
    endPoint(section.endPoint, line.targets[0], origin, diamonds),
  ];
  return [
    {
      edge,
      points,
      label: label && { ...shifted(origin, label), width: label.width ?? 0, height: label.height ?? 0 },
    },
  ];
}

function placedLines(region: Region, node: ElkNode, origin: Point, diamonds: Diamonds): PlacedEdge[] {
  const lines = new Map((node.edges ?? []).map((line) => [line.id, line]));
  const transitions = region.edges.flatMap((edge, index) => {
    const line = lines.get(lineId(region, index));
    return line ? placedEdge(line, origin, edge, diamonds) : [];
  });
  const toDots = [...lines.values()].filter(({ id }) => id.endsWith(DOT_LINE));
  return [...transitions, ...toDots.flatMap((line) => placedEdge(line, origin, undefined, diamonds))];
}

function placedDots(region: Region, children: ReadonlyMap<string, ElkNode>, origin: Point): PlacedDot[] {
  return (['start', 'end'] as const).flatMap((kind) => {
    const dot = children.get(dotId(region, kind));
    return dot ? [{ kind, ...placed(origin, dot) }] : [];
  });
}

/** Collects what ELK placed, in coordinates of the whole picture. */
function collect(region: Region, node: ElkNode, origin: Point, measurer: Measurer): Layout {
  const children = new Map((node.children ?? []).map((child) => [child.id, child]));
  const own = region.boxes.flatMap((box) => {
    const child = children.get(box.id);
    return child ? [{ box, child, at: placed(origin, child) }] : [];
  });
  const diamonds = new Map(own.filter(({ box }) => isDiamond(box)).map(({ box, at }) => [box.id, at]));
  const inner = own.flatMap(({ box, child, at }) => innerLayouts(box, child, at, measurer));
  const boxes = own.map(({ box, at }) => ({ box, measured: measurer(box), ...at }));
  return {
    width: node.width ?? 0,
    height: node.height ?? 0,
    boxes: [...boxes, ...inner.flatMap((it) => it.boxes)],
    edges: [...placedLines(region, node, origin, diamonds), ...inner.flatMap((it) => it.edges)],
    dots: [...placedDots(region, children, origin), ...inner.flatMap((it) => it.dots)],
    lanes: inner.flatMap((it) => it.lanes),
  };
}

function innerLayouts(box: Box, node: ElkNode, at: Point, measurer: Measurer): Layout[] {
  return box.regions.map((region) => {
    const lane = node.children?.find(({ id }) => id === region.id);
    if (lane === undefined) return collect(region, node, at, measurer);
    const place = placed(at, lane);
    const layout = collect(region, lane, place, measurer);
    return { ...layout, lanes: [place, ...layout.lanes] };
  });
}

/** Places the states and lines of a graph with ELK's layered algorithm, top down. */
export async function layOut(region: Region, measurer: Measurer): Promise<Layout> {
  const { default: elk } = await import('elkjs/lib/elk.bundled.js');
  const root: ElkNode = { id: 'machine', ...contentOf(region, measurer), layoutOptions: OPTIONS };
  return collect(region, await new elk.default().layout(root), { x: 0, y: 0 }, measurer);
}

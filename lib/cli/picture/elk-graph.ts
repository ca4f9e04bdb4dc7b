import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Box, Edge, Region } from './graph.ts';
import { type Measured, SMALL } from './measure.ts';
import { textWidth } from './text-width.ts';

const DOT = 12;
const LABEL_HEIGHT = 16;

/** How ELK lays out: layers, top down, in the order of the definition. */
export const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '34',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'TAIL_LAYER',
  'elk.layered.thoroughness': '20',
};

const STRAIGHTNESS = { next: '10', otherwise: '4', choice: '2', catch: '1' };

/** Id of the dot where a region begins, or where the machine ends. */
export const dotId = ({ id }: Region, kind: 'start' | 'end'): string => `${id}#${kind}`;

/** Id of the line of a transition: its place among those of its region. */
export const lineId = ({ id }: Region, index: number): string => `${id}#${index}`;

/** Ends the ids of lines from and to dots. */
export const DOT_LINE = '#line';

const elkEdge = (id: string, from: string, to: string): ElkExtendedEdge => ({ id, sources: [from], targets: [to] });

function labelled(edge: Edge, index: number, region: Region): ElkExtendedEdge {
  const text = edge.label;
  const size = text === undefined ? [] : [{ text, width: textWidth(text, SMALL) + 8, height: LABEL_HEIGHT }];
  return {
    ...elkEdge(lineId(region, index), edge.from, edge.to),
    labels: size,
    layoutOptions: { 'elk.layered.priority.straightness': STRAIGHTNESS[edge.kind] },
  };
}

/** Lines that place a state which is only reached by stubs: below the last of the states that go there. */
function anchors(region: Region): ElkExtendedEdge[] {
  const reached = new Set([region.start, ...region.edges.map(({ to }) => to)]);
  const stubs = new Map(region.boxes.flatMap(({ stubs }) => stubs).map(({ from, to }) => [to, from]));
  return [...stubs].filter(([to]) => !reached.has(to)).map(([to, from]) => elkEdge(`${to}#anchor`, from, to));
}

const isEnd = ({ body }: Box): boolean => body.End === true;

function dotsOf(region: Region): { nodes: ElkNode[]; edges: ElkExtendedEdge[] } {
  const dot = (id: string): ElkNode => ({ id, width: DOT, height: DOT });
  const ending = region.id === '' ? region.boxes.filter(isEnd) : [];
  const start =
    region.start === undefined
      ? []
      : [elkEdge(`${dotId(region, 'start')}${DOT_LINE}`, dotId(region, 'start'), region.start)];
  const ends = ending.map(({ id }) => elkEdge(`${id}#end${DOT_LINE}`, id, dotId(region, 'end')));
  return {
    nodes: [...start.map(() => dot(dotId(region, 'start'))), ...(ends.length > 0 ? [dot(dotId(region, 'end'))] : [])],
    edges: [...start, ...ends],
  };
}

/** Measures a box. */
export type Measurer = (box: Box) => Measured;

/** What ELK is to place in a region: its boxes and dots, and the lines between them. */
export function contentOf(region: Region, measurer: Measurer): Pick<ElkNode, 'children' | 'edges'> {
  const { nodes, edges } = dotsOf(region);
  return {
    children: [...nodes.slice(0, 1), ...region.boxes.map((box) => elkBox(box, measurer)), ...nodes.slice(1)],
    edges: [...edges, ...region.edges.map((edge, index) => labelled(edge, index, region)), ...anchors(region)],
  };
}

function elkBox(box: Box, measurer: Measurer): ElkNode {
  const { width, height } = measurer(box);
  const [only, ...others] = box.regions;
  if (only === undefined) return { id: box.id, width, height };
  const lane = (region: Region): ElkNode => ({
    id: region.id,
    ...contentOf(region, measurer),
    layoutOptions: { ...OPTIONS, 'elk.padding': '[top=14,left=14,bottom=14,right=14]' },
  });
  const isParallel = box.type === 'Parallel' || others.length > 0;
  return {
    id: box.id,
    ...(isParallel ? { children: box.regions.map(lane) } : contentOf(only, measurer)),
    layoutOptions: {
      ...OPTIONS,
      'elk.separateConnectedComponents': String(!isParallel),
      'elk.padding': `[top=${height + 10},left=18,bottom=18,right=18]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${height})`,
    },
  };
}

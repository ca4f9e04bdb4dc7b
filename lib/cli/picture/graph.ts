import { transitionsOf } from '../../asl/lint/check-structure.ts';
import { isObject, type JsonObject, objectOf } from '../../asl/lint/json.ts';
import { readMachine, type Scope, type StateNode } from '../../asl/lint/machine.ts';
import { catchLabel, conditionLabel } from './captions.ts';

/** Why one state follows another. */
type EdgeKind = 'next' | 'choice' | 'otherwise' | 'catch';

/** A transition between two states of one region. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly label: string | undefined;
}

/** A state to draw; `id` is its path in the definition. */
export interface Box {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly body: JsonObject;
  /**
   * Transitions on an error that are written into the box instead of drawn as lines: to states that many others go to,
   * and to the one that follows anyway.
   */
  readonly stubs: readonly Edge[];
  /** What is inside a Map (one region) or a Parallel (one for each branch). */
  readonly regions: readonly Region[];
}

/** States that transition among themselves. */
export interface Region {
  /** Path in the definition; `''` is the machine. */
  readonly id: string;
  /** Id of the state where it begins. */
  readonly start: string | undefined;
  readonly boxes: readonly Box[];
  /** The transitions drawn as lines. */
  readonly edges: readonly Edge[];
}

/** From this many sources on, lines to where errors go would hide the rest. */
const HUB = 4;

const KINDS: Readonly<Record<string, EdgeKind>> = {
  Next: 'next',
  Default: 'otherwise',
  Choices: 'choice',
  Catch: 'catch',
};

const LABELS: Readonly<Record<EdgeKind, (entry: JsonObject) => string | undefined>> = {
  next: () => undefined,
  otherwise: () => 'otherwise',
  choice: conditionLabel,
  catch: catchLabel,
};

/** `Catch[2].Next` as `Catch` and the entry with index 2. */
function entryAt(body: JsonObject, field: string): { list: string; entry: JsonObject } {
  const [, list = field, index] = /^(\w+)\[(\d+)\]/.exec(field) ?? [];
  const entries = body[list];
  return { list, entry: Array.isArray(entries) && index !== undefined ? objectOf(entries[Number(index)]) : {} };
}

function edgesOf(node: StateNode, ids: ReadonlyMap<string, string>): Edge[] {
  return transitionsOf(node.body).flatMap(({ field, target }) => {
    const { list, entry } = entryAt(node.body, field);
    const kind = KINDS[list];
    const to = ids.get(target);
    return kind && to !== undefined ? [{ from: node.path, to, kind, label: LABELS[kind](entry) }] : [];
  });
}

/** Several transitions of one kind between the same two states are one line with all their labels. */
function merge(edges: readonly Edge[]): Edge[] {
  const merged = new Map<string, Edge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to, edge.kind]);
    const labels = [merged.get(key)?.label, edge.label].filter((label) => label !== undefined);
    merged.set(key, { ...edge, label: labels.length > 0 ? labels.join(', ') : undefined });
  }
  return [...merged.values()];
}

function hubsOf(edges: readonly Edge[]): ReadonlySet<string> {
  const caught = edges.filter(({ kind }) => kind === 'catch').map(({ to }) => to);
  return new Set(caught.filter((to) => caught.filter((other) => other === to).length >= HUB));
}

function regionOf(scope: Scope, scopes: readonly Scope[], states: readonly StateNode[]): Region {
  const nodes = states.filter((node) => node.scope === scope);
  const ids = new Map(nodes.map(({ name, path }) => [name, path]));
  const edges = merge(nodes.flatMap((node) => edgesOf(node, ids)));
  const hubs = hubsOf(edges);
  const follows = ({ from, to }: Edge): boolean =>
    edges.some((edge) => edge.kind === 'next' && edge.from === from && edge.to === to);
  const isStub = (edge: Edge): boolean => edge.kind === 'catch' && (hubs.has(edge.to) || follows(edge));
  const { StartAt: start } = scope.body;
  return {
    id: scope.path,
    start: typeof start === 'string' ? ids.get(start) : undefined,
    boxes: nodes.map((node) => ({
      ...{ id: node.path, name: node.name, type: node.type, body: node.body },
      stubs: edges.filter((edge) => edge.from === node.path && isStub(edge)),
      regions: scopes.filter(({ owner }) => owner === node).map((inner) => regionOf(inner, scopes, states)),
    })),
    edges: edges.filter((edge) => !isStub(edge)),
  };
}

/** Reads a definition as a graph. Transitions to states that are not there are left out; the linter reports them. */
export function readGraph(definition: unknown): Region {
  const { root, scopes, states } = readMachine(isObject(definition) ? definition : {});
  return regionOf(root, scopes, states);
}

/** All boxes of a region, outer ones first. */
export const boxesOf = (region: Region): Box[] => region.boxes.flatMap((box) => [box, ...box.regions.flatMap(boxesOf)]);

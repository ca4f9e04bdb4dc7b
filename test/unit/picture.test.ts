import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { transitionsOf } from '../../lib/asl/lint/check-structure.ts';
import { readMachine } from '../../lib/asl/lint/machine.ts';
import { drawMachine } from '../../lib/cli/picture/draw-machine.ts';
import { boxesOf, readGraph } from '../../lib/cli/picture/graph.ts';
import { type Layout, layOut, type PlacedBox } from '../../lib/cli/picture/layout.ts';
import { measure } from '../../lib/cli/picture/measure.ts';
import { overlayFromHistory } from '../../lib/cli/picture/run-overlay.ts';
import { textWidth } from '../../lib/cli/picture/text-width.ts';
import { COLOURS, TEXT_ON } from '../../lib/cli/picture/theme.ts';
import { rotationHistory, rotationMachine } from '../support/rotation-machine.ts';
import { descendants, parseSvg, type SvgElement } from '../support/svg-tree.ts';

const root = join(import.meta.dirname, '../..');
const load = (path: string): object => JSON.parse(readFileSync(join(root, path), 'utf8'));

const fixtures = readdirSync(join(root, 'test/asl'))
  .filter((file) => file.startsWith('valid-'))
  .map((file) => [file, load(`test/asl/${file}`)] as const);
const flows = readdirSync(join(root, 'state-machines')).map((file) => [file, load(`state-machines/${file}`)] as const);
const machines = [...fixtures, ...flows, ['a rotation', rotationMachine] as const];

const classesOf = ({ attributes }: SvgElement): string[] => attributes.class?.split(' ') ?? [];
const withAttribute = (svg: SvgElement, name: string): SvgElement[] =>
  descendants(svg).filter(({ attributes }) => name in attributes);

function layoutOf(definition: object): Promise<Layout> {
  const region = readGraph(definition);
  const names = new Map(boxesOf(region).map(({ id, name }) => [id, name]));
  return layOut(region, (box) => measure(box, (id) => names.get(id) ?? id, undefined));
}

describe.each(machines)('the picture of %s', (_, definition) => {
  let svg: SvgElement;
  let layout: Layout;
  beforeAll(async () => {
    svg = parseSvg(await drawMachine(definition, { title: 'A flow' }));
    layout = await layoutOf(definition);
  });
  const { states } = readMachine({ ...definition });

  it('is an image with a name, a description and a size', () => {
    const { role, viewBox, width, height } = svg.attributes;
    expect({ role, viewBox }).toEqual({ role: 'img', viewBox: `0 0 ${width} ${height}` });
    expect(svg.children.slice(0, 2).map(({ name, text }) => [name, text])).toEqual([
      ['title', 'A flow'],
      ['desc', `A state machine of ${states.length} states.`],
    ]);
  });

  it('has each state once', () => {
    const drawn = withAttribute(svg, 'data-state').map(({ attributes }) => attributes['data-state']);
    expect(drawn.toSorted()).toEqual(states.map(({ path }) => path).toSorted());
  });

  it('has each transition once, with those on errors dashed', () => {
    const wanted = states.flatMap((node) =>
      transitionsOf(node.body).map(({ field, target }) => {
        const to = states.find(({ name, scope }) => name === target && scope === node.scope);
        return `${node.path} ${to?.path} ${field.startsWith('Catch')}`;
      }),
    );
    const drawn = withAttribute(svg, 'data-from').map((line) => {
      const { 'data-from': from, 'data-to': to } = line.attributes;
      return `${from} ${to} ${classesOf(line).includes('catch')}`;
    });
    expect([...new Set(drawn)].toSorted()).toEqual([...new Set(wanted)].toSorted());
  });

  it('keeps boxes apart, and inner ones inside', () => {
    for (const a of layout.boxes) {
      for (const b of layout.boxes.filter((other) => other !== a)) {
        if (b.box.id.startsWith(`${a.box.id}.`)) expect(isInside(b, a)).toBe(true);
        else if (!a.box.id.startsWith(`${b.box.id}.`))
          expect(overlaps(a, b), `${a.box.id} and ${b.box.id}`).toBe(false);
      }
    }
  });

  it('leads each line from the edge of one box to the edge of another', () => {
    const boxes = new Map(layout.boxes.map((placed) => [placed.box.id, placed]));
    for (const { edge, points } of layout.edges) {
      if (edge === undefined) continue;
      expect(touches(boxes.get(edge.from), points.at(0))).toBe(true);
      expect(touches(boxes.get(edge.to), points.at(-1))).toBe(true);
    }
  });

  it('keeps everything inside the page', () => {
    for (const { x, y, width, height } of layout.boxes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(layout.width);
      expect(y + height).toBeLessThanOrEqual(layout.height);
    }
  });

  it('keeps text inside its box', () => {
    for (const { box, measured, width } of layout.boxes) {
      const room = box.type === 'Choice' ? width * 0.65 : width - 40;
      expect(textWidth(measured.name, { size: 13, bold: true })).toBeLessThanOrEqual(room);
      for (const stub of measured.stubs) expect(textWidth(stub, { size: 11 })).toBeLessThanOrEqual(room);
    }
  });
});

const overlaps = (a: PlacedBox, b: PlacedBox): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const isInside = (inner: PlacedBox, outer: PlacedBox): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y + outer.measured.height &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** On the border, or on the outline of the diamond within it. */
function touches(placed: PlacedBox | undefined, point: { x: number; y: number } | undefined): boolean {
  if (placed === undefined || point === undefined) return false;
  const [dx, dy] = [
    Math.abs(point.x - placed.x - placed.width / 2) / (placed.width / 2),
    Math.abs(point.y - placed.y - placed.height / 2) / (placed.height / 2),
  ];
  return Math.abs((placed.box.type === 'Choice' ? dx + dy : Math.max(dx, dy)) - 1) < 0.01;
}

describe('the picture of an execution', () => {
  const stateOf = (svg: SvgElement, id: string): SvgElement => {
    const found = withAttribute(svg, 'data-state').find(({ attributes }) => attributes['data-state'] === id);
    if (found === undefined) throw new Error(`${id} is not drawn`);
    return found;
  };
  const draw = async (): Promise<SvgElement> =>
    parseSvg(await drawMachine(rotationMachine, { run: overlayFromHistory(rotationHistory) }));

  it('tells what was entered, what failed, and what was not', async () => {
    const svg = await draw();
    expect(classesOf(stateOf(svg, 'States.Begin'))).toEqual(['state', 'task', 'visited', 'succeeded']);
    expect(classesOf(stateOf(svg, 'States.Waves'))).toEqual(['state', 'map', 'visited', 'caught']);
    expect(classesOf(stateOf(svg, 'States.RolledBack'))).toEqual(['state', 'fail', 'visited', 'failed']);
    expect(classesOf(stateOf(svg, 'States.Retire'))).toEqual(['state', 'task', 'unvisited']);
    expect(withAttribute(svg, 'data-state').filter((state) => classesOf(state).includes('visited'))).toHaveLength(
      overlayFromHistory(rotationHistory).states.size,
    );
  });

  it('writes visits, retries, time and the error', async () => {
    const outcome = (svg: SvgElement, id: string): string | undefined =>
      stateOf(svg, id).children.find((child) => classesOf(child).includes('outcome'))?.text;
    const svg = await draw();
    expect(outcome(svg, 'States.Generate')).toBe('✓ · 2 retries · 10 s');
    expect(outcome(svg, 'States.Propagate.ItemProcessor.States.Put')).toBe('✓ · 2 times · 8 s');
    expect(outcome(svg, 'States.Waves')).toContain('caught Wave.Failed');
    expect(outcome(svg, 'States.RolledBack')).toContain('failed RolledBack');
    expect(outcome(svg, 'States.Retire')).toBeUndefined();
  });

  it('marks the way it went', async () => {
    const taken = withAttribute(await draw(), 'data-from')
      .filter((line) => classesOf(line).includes('taken'))
      .map(({ attributes }) => `${attributes['data-from']} ${attributes['data-to']}`);
    expect(taken).toContain('States.Begin States.Enter');
    expect(taken).toContain('States.Waves States.Assess');
    expect(taken).not.toContain('States.Waves States.Grace');
  });

  it('holds no input, no output, no cause', async () => {
    expect(JSON.stringify(rotationHistory)).toContain('CANARY');
    expect(await drawMachine(rotationMachine, { run: overlayFromHistory(rotationHistory) })).not.toContain('CANARY');
  });
});

describe('drawMachine', () => {
  it('survives names and titles that mean something in XML', async () => {
    const name = '<b> & "x" \u0000 ]]>';
    const definition = { QueryLanguage: 'JSONata', StartAt: name, States: { [name]: { Type: 'Pass', End: true } } };
    const svg = parseSvg(await drawMachine(definition, { title: '<script>alert(1)</script>' }));
    expect(descendants(svg).filter(({ name: tag }) => tag === 'script')).toEqual([]);
    expect(descendants(svg).map(({ text }) => text)).toContain('<b> & "x" \uFFFD ]]>');
  });

  it.each([
    {},
    { States: 3 },
    { StartAt: 'Gone', States: { A: { Type: 'Pass', Next: 'Gone' } } },
    { States: { A: null } },
  ])('draws what there is of %j', async (definition) => {
    expect(parseSvg(await drawMachine(definition)).name).toBe('svg');
  });

  it('writes into the boxes where errors go, when many go there or the flow goes there anyway', async () => {
    const stubs = withAttribute(parseSvg(await drawMachine(rotationMachine)), 'data-from')
      .filter((line) => classesOf(line).includes('stub'))
      .map(({ attributes }) => `${attributes['data-from']} ${attributes['data-to']}`);
    expect(stubs).toContain('States.Generate States.Assess');
    expect(stubs).toContain('States.Report States.Committed');
    expect(stubs).not.toContain('States.Begin States.Refused');
  });

  it('is the same each time', async () => {
    expect(await drawMachine(rotationMachine)).toBe(await drawMachine(rotationMachine));
  });

  it('changes colours with the surroundings', async () => {
    const style = descendants(parseSvg(await drawMachine(rotationMachine))).find(({ name }) => name === 'style');
    const [, light, dark] =
      /^\.keyturn\{([^}]*)\}\n@media \(prefers-color-scheme:dark\)\{\.keyturn\{([^}]*)\}\}/.exec(style?.text ?? '') ??
      [];
    const names = (rule = ''): string[] => [...rule.matchAll(/--kt-(\w+):/g)].map(([, name = '']) => name);
    expect(names(light)).toEqual(Object.keys(COLOURS));
    expect(names(dark)).toEqual(Object.keys(COLOURS));
  });
});

describe('the colours', () => {
  const channel = (hex: string): number => {
    const value = Number.parseInt(hex, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[0-9a-f]{2}/g) ?? []).map(channel);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a: string, b: string): number => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };

  it.each(TEXT_ON)('make %s legible on %s, light and dark (WCAG AA)', (text, ground) => {
    for (const index of [0, 1] as const) {
      expect(contrast(COLOURS[text][index], COLOURS[ground][index])).toBeGreaterThanOrEqual(4.5);
    }
  });
});

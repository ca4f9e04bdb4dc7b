/** A colour in a light and in a dark surrounding. */
type Shade = readonly [light: string, dark: string];

/** Every colour of the picture, by what it is for. */
export const COLOURS = {
  page: ['#f7f8fa', '#0e1217'],
  card: ['#ffffff', '#181f28'],
  region: ['#eef1f5', '#131920'],
  border: ['#c3cbd6', '#3a4654'],
  ink: ['#111827', '#edf1f6'],
  soft: ['#566172', '#a3b0c0'],
  line: ['#75808f', '#7f8c9c'],
  task: ['#1d5fd1', '#7db1ff'],
  callback: ['#7a3fc4', '#c6a2ff'],
  choice: ['#9a5b00', '#f2b453'],
  wait: ['#5b5f97', '#aab0f0'],
  group: ['#0d7377', '#55cfc9'],
  pass: ['#5b6675', '#a3b0c0'],
  good: ['#12773d', '#55cc86'],
  bad: ['#c0262d', '#ff8b88'],
  caught: ['#a34800', '#ffa763'],
} as const satisfies Record<string, Shade>;

/** The name of a colour. */
export type Colour = keyof typeof COLOURS;

/** Which text stands on which ground; what the contrast test looks at. */
export const TEXT_ON: readonly (readonly [text: Colour, ground: Colour])[] = (
  ['ink', 'soft', 'caught', 'good', 'bad', 'task', 'pass'] as const
).flatMap((text) => (['page', 'card', 'region'] as const).map((ground) => [text, ground] as const));

const tokens = (index: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, shades]) => `--kt-${name}:${shades[index]}`)
    .join(';');

/** Viewers without custom properties take the first value, the light one. */
const paint = (property: 'fill' | 'stroke', colour: Colour): string =>
  `${property}:${COLOURS[colour][0]};${property}:var(--kt-${colour})`;

const fill = (colour: Colour): string => paint('fill', colour);
const stroke = (colour: Colour, width: number): string =>
  `fill:none;${paint('stroke', colour)};stroke-width:${width}px`;
const shape = (ground: Colour): string => `${stroke('border', 1.2)};${fill(ground)}`;
const outline = (colour: Colour, width: number): string => `${paint('stroke', colour)};stroke-width:${width}px`;

/** Colours of the glyphs of the types of state. */
const TYPES: Readonly<Record<string, Colour>> = {
  task: 'task',
  callback: 'callback',
  choice: 'choice',
  wait: 'wait',
  map: 'group',
  parallel: 'group',
  pass: 'pass',
  succeed: 'good',
  fail: 'bad',
};

/** Colours of how a state went. */
const STATUSES: Readonly<Record<string, Colour>> = {
  succeeded: 'good',
  caught: 'caught',
  aborted: 'pass',
  running: 'task',
  failed: 'bad',
};

const FONTS = 'Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';

const RULES: readonly (readonly [selector: string, declarations: string])[] = [
  ['.page', fill('page')],
  ['text', `font-family:${FONTS};${fill('ink')}`],
  ['.title', 'font-size:20px;font-weight:650'],
  ['.name', 'font-size:13px;font-weight:600'],
  ['.small', `font-size:11px;${fill('soft')}`],
  ['.shape', shape('card')],
  ['.region', shape('region')],
  ['.lane', `${stroke('border', 1)};stroke-dasharray:2 4`],
  ['.edge', stroke('line', 1.4)],
  ['.tip', fill('line')],
  ['.dot', fill('soft')],
  ['.ring', stroke('soft', 1.4)],
  ['.catch .edge', `${stroke('caught', 1.3)};stroke-dasharray:5 4`],
  ['.catch .tip', fill('caught')],
  ['.catch .small', fill('caught')],
  ['.taken .edge', stroke('good', 2.4)],
  ['.taken .tip', fill('good')],
  ['.taken.catch .edge', stroke('caught', 2.4)],
  ['.taken.catch .tip', fill('caught')],
  ...Object.entries(TYPES).flatMap(([type, colour]) => [
    [`.${type}>.glyph`, stroke(colour, 1.6)] as const,
    [`.${type}>.tile`, `${fill(colour)};fill-opacity:.13`] as const,
  ]),
  ['.choice>.shape', outline('choice', 1.4)],
  ...Object.entries(STATUSES).flatMap(([status, colour]) => [
    [`.${status}>.shape`, outline(colour, 2.2)] as const,
    [`.${status}>.outcome`, `${fill(colour)};font-weight:600`] as const,
  ]),
  ['.unvisited>.shape', 'stroke-dasharray:3 3'],
  ['.unvisited>.name', `${fill('soft')};font-weight:500`],
];

const MOTION =
  '@media (prefers-reduced-motion:no-preference){.keyturn .running>.shape{stroke-dasharray:6 4;animation:kt-march 1s linear infinite}}';

/** The style sheet inside the picture; its selectors hold inside `.keyturn` only, so that a page may embed it. */
export const STYLE = [
  `.keyturn{${tokens(0)}}`,
  `@media (prefers-color-scheme:dark){.keyturn{${tokens(1)}}}`,
  ...RULES.map(([selector, declarations]) => `.keyturn ${selector}{${declarations}}`),
  '@keyframes kt-march{to{stroke-dashoffset:-10px}}',
  MOTION,
].join('\n');

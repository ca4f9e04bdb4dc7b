import { caption } from './captions.ts';
import type { Box, Edge } from './graph.ts';
import { outcomeOf } from './outcome.ts';
import type { RunOverlay } from './run-overlay.ts';
import { fitText, type TextStyle, textWidth } from './text-width.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is written in a box, and how much room it takes. */
export interface Measured extends Size {
  readonly name: string;
  readonly caption: string;
  readonly outcome: string | undefined;
  /** Transitions on errors that are written instead of drawn. */
  readonly stubs: readonly string[];
}

const NAME: TextStyle = { size: 13, bold: true };
export const SMALL: TextStyle = { size: 11 };
const SMALL_BOLD: TextStyle = { size: 11, bold: true };

/** Room around text, and for the glyph before it. */
export const PADDING = 12;
const GLYPH = 18;
export const INDENT = PADDING + GLYPH + 10;
export const LINE = 17;
export const HEAD = 48;
/** Room of the short dashed line before a stub. */
export const STUB_INDENT = 28;

const WIDEST = 250;

/** A line of height `h` fits in a diamond of height `H` where it is `1 - h / H` of the diamond's width. */
const DIAMOND_HEIGHT = 72;
const DIAMOND_ROOM = 0.62;

/** Whether a box is drawn as a diamond. */
export const isDiamond = ({ type }: Pick<Box, 'type'>): boolean => type === 'Choice';

function diamond(lines: readonly number[], stubs: number): Size {
  return { width: Math.ceil(Math.max(110, Math.max(...lines) / DIAMOND_ROOM)), height: DIAMOND_HEIGHT + stubs * LINE };
}

function card(lines: readonly number[], rows: number): Size {
  return {
    width: Math.max(132, INDENT + Math.max(...lines) + PADDING),
    height: HEAD + (rows > 0 ? rows * LINE + 4 : 0),
  };
}

const stubText = ({ to, label }: Edge, nameOf: (id: string) => string): string =>
  label === undefined ? nameOf(to) : `${nameOf(to)} · ${label}`;

/** How much room a box needs; for a Map or Parallel, its head. */
export function measure(box: Box, nameOf: (id: string) => string, run: RunOverlay | undefined): Measured {
  const name = fitText(box.name, WIDEST, NAME);
  const under = caption(box.type, box.body);
  const outcome = outcomeOf(run?.states.get(box.name));
  const stubs = box.stubs.map((edge) => fitText(stubText(edge, nameOf), WIDEST, SMALL));
  const lines = [
    textWidth(name, NAME),
    isDiamond(box) ? 0 : textWidth(under, SMALL),
    outcome === undefined ? 0 : textWidth(outcome, SMALL_BOLD),
    ...stubs.map((stub) => textWidth(stub, SMALL) + STUB_INDENT),
  ];
  const size = isDiamond(box) ? diamond(lines, 0) : card(lines, stubs.length + (outcome === undefined ? 0 : 1));
  return { name, caption: under, outcome, stubs, ...size };
}

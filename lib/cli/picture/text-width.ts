/** Widths in ems of a wide sans-serif, so that text fits in whichever font the viewer has. */
const CLASSES: readonly (readonly [pattern: RegExp, width: number])[] = [
  [/[ijl.,:;|'!]/, 0.33],
  [/[ftr()[\]{} "/\\-]/, 0.43],
  [/[mwMW@%…→]/, 1],
  [/[A-Z&]/, 0.74],
  [/[\u2E80-\u{10FFFF}]/u, 1.05],
];
const USUAL = 0.64;
const BOLD = 1.08;

const widthOf = (character: string): number => CLASSES.find(([pattern]) => pattern.test(character))?.[1] ?? USUAL;

/** How text is set. */
export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
}

/** Width of `text` in pixels, on the safe side. */
export function textWidth(text: string, { size, bold = false }: TextStyle): number {
  const ems = [...text].reduce((sum, character) => sum + widthOf(character), 0);
  return Math.ceil(ems * size * (bold ? BOLD : 1));
}

/** `text`, cut so that it fits in `width` pixels. */
export function fitText(text: string, width: number, style: TextStyle): string {
  if (textWidth(text, style) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, style) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

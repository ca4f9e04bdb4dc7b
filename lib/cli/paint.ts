import { styleText } from 'node:util';
import type { Terminal } from './terminal.ts';

const STYLES = ['bold', 'dim', 'green', 'red', 'yellow', 'cyan'] as const;

/** Colours text, or leaves it as it is. */
export type Paint = Readonly<Record<(typeof STYLES)[number], (text: string) => string>>;

export function paintFor(color: boolean): Paint {
  const paint = (style: (typeof STYLES)[number]) => (text: string) => (color ? styleText(style, text) : text);
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    green: paint('green'),
    red: paint('red'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}

/** Whether a terminal wants colours: https://no-color.org and FORCE_COLOR are heard. */
export function wantsColor(asked: boolean, { stdout, env }: Pick<Terminal, 'stdout' | 'env'>): boolean {
  if (!asked || (env.NO_COLOR ?? '') !== '') return false;
  return (env.FORCE_COLOR ?? '') !== '' || stdout.isTTY === true;
}

import { isCallback } from './captions.ts';
import type { Box } from './graph.ts';

/** Line drawings on a square of 18 by 18, by class of state. */
export const GLYPHS: Readonly<Record<string, string>> = {
  task: 'M10 1.5 3.5 10.5H8.5L8 16.5 14.5 7.5H9.5Z',
  callback: 'M15.5 9A6.5 6.5 0 1 1 12.5 3.5M12.5 .8V3.8H9.5M9 5.5V9L11.3 11',
  pass: 'M2 9H15.5M10.5 4 15.5 9 10.5 14',
  wait: 'M9 2A7 7 0 1 1 8.9 2ZM9 5V9L12 11',
  choice: 'M9 1.8 16.2 9 9 16.2 1.8 9Z',
  map: 'M9 2 16 5.5 9 9 2 5.5ZM2 9 9 12.5 16 9M2 12.5 9 16 16 12.5',
  parallel: 'M5 2.5V15.5M9 2.5V15.5M13 2.5V15.5',
  succeed: 'M9 2A7 7 0 1 1 8.9 2ZM5.5 9.2 8 11.7 12.5 6.8',
  fail: 'M9 2A7 7 0 1 1 8.9 2ZM6.3 6.3 11.7 11.7M11.7 6.3 6.3 11.7',
};

/** The class of a state: its type, but for a Task that waits for an answer. */
export const classOf = ({ type, body }: Pick<Box, 'type' | 'body'>): string =>
  type === 'Task' && isCallback(body) ? 'callback' : type.toLowerCase();

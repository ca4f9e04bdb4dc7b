import type { HistoryEvent } from './history.ts';

const TOKEN = /task-token_[\w-]+/g;

/** A token in a form that can be found again wherever it turns up. */
export const markToken = (token: string): string => `task-token_${token}`;

/** The event without the tokens in it: whoever reads a history is not thereby allowed to answer a Task. */
export function maskTokens(event: HistoryEvent): HistoryEvent {
  const text = JSON.stringify(event);
  return text.includes('task-token_') ? JSON.parse(text.replace(TOKEN, '<task-token>')) : event;
}

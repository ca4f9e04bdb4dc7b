import type { Json } from '../../../lib/asl/json.ts';
import { isObject } from '../../../lib/asl/json.ts';

/** How an execution went, on either engine. */
export interface Run {
  readonly status: string;
  readonly output: Json | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly events: readonly Event[];
}

/** An event of a history, with the particulars that are compared. */
export interface Event {
  readonly id: number;
  readonly previous: number;
  readonly type: string;
  /** Of the state; of a Map's iteration that of the Map. */
  readonly name: string | undefined;
  readonly index: number | undefined;
  readonly output: Json | undefined;
  readonly variables: Readonly<Record<string, Json>> | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/** An event as both APIs show it. */
interface ShownEvent {
  readonly id?: number | undefined;
  readonly previousEventId?: number | undefined;
  readonly type?: string | undefined;
}

export function readEvent(shown: ShownEvent): Event {
  const details = Object.entries(shown).find(([key]) => key.endsWith('EventDetails'))?.[1];
  const { name, state, index, output, assignedVariables, error, cause } = isObject(details) ? details : {};
  return {
    id: shown.id ?? 0,
    previous: shown.previousEventId ?? 0,
    type: shown.type ?? '',
    name: text(name) ?? text(state),
    index: typeof index === 'number' ? index : undefined,
    output: parse(output),
    variables: isObject(assignedVariables) ? parseAll(assignedVariables) : undefined,
    error: text(error),
    cause: text(cause),
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const parse = (value: unknown): Json | undefined => (typeof value === 'string' ? JSON.parse(value) : undefined);

const parseAll = (texts: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, variable(value)]));

/** Theirs does not escape the quotation marks of a text: such a variable is no JSON, and stays the text that it was shown as. */
function variable(value: unknown): Json {
  try {
    return parse(value) ?? null;
  } catch (error) {
    if (error instanceof SyntaxError && typeof value === 'string') return value;
    throw error;
  }
}

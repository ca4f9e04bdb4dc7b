import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A machine, and the history that AWS recorded for one of its executions. */
export interface Recording {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly history: readonly RecordedEvent[];
}

export interface RecordedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

const PLACE = '../shared/asl-recordings/recordings.json';

/** The recordings lie beside the project; `undefined` when it was checked out without them. */
export function readRecordings(): readonly Recording[] | undefined {
  const path = fileURLToPath(new URL(`../../${PLACE}`, import.meta.url));
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).cases : undefined;
}

export const ABSENT = `no recordings at ${PLACE}, seen from the project`;

/** What stands for a value that differs from run to run. */
const MASK = /<[\w-]+(:\d+)?>|^(?:date|timestamp|snf_role_arn)$/;

/** Whether what was recorded, masks apart, is what happened. Texts that hold JSON are compared as JSON. */
export function sameAsRecorded(recorded: unknown, actual: unknown): boolean {
  if (typeof recorded === 'string' && MASK.test(recorded)) return actual !== undefined;
  const [left, right] = [unwrap(recorded), unwrap(actual)];
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) return left === right;
  const keys = new Set([
    ...Object.keys(left),
    ...Object.keys(right).filter((key) => Reflect.get(right, key) !== undefined),
  ]);
  return [...keys].every((key) => sameAsRecorded(Reflect.get(left, key), Reflect.get(right, key)));
}

function unwrap(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{"]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

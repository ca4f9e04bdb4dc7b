import { readFileSync } from 'node:fs';
import { distance } from 'fastest-levenshtein';
import { isCollection, isPair, LineCounter, parseDocument } from 'yaml';
import type { Catalog } from '../core/catalog.ts';
import type { Config } from '../core/config.ts';
import { checkConfig } from '../core/config-checks.ts';
import type { Problem } from '../core/config-problems.ts';
import { errorCode, RotationError } from '../core/errors.ts';

/** One line of what is wrong with a configuration, for people and for `--json`. */
export interface ConfigError {
  readonly path: string;
  /** 1-based; of the nearest thing that is in the file. */
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

export type ConfigResult = { readonly config: Config } | { readonly errors: readonly ConfigError[] };

/** Reads keyturn.yaml: all errors at once, each with path, line, what was expected and the nearest valid name. */
export function readConfig(file: string, catalog: Catalog): ConfigResult {
  return parseConfig(readText(file), catalog);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RotationError('ConfigInvalid', { subject: file, detail: 'it cannot be read', ...codeOf(error) });
  }
}

const codeOf = (error: unknown) => {
  const code = errorCode(error);
  return code === undefined ? {} : { code };
};

export function parseConfig(text: string, catalog: Catalog): ConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      errors: document.errors.map((error) => ({
        path: '',
        line: lines.linePos(error.pos[0]).line,
        message: `not valid YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`,
        remedy: 'mend the YAML at this line',
      })),
    };
  }
  const checked = checkConfig(document.toJS(), catalog);
  if ('config' in checked) return checked;
  return {
    errors: checked.problems.map((problem) => toError(problem, (path) => lineOf(document.contents, path, lines))),
  };
}

function toError(problem: Problem, line: (path: Problem['path']) => number): ConfigError {
  const { got, expected = [] } = problem;
  const nearest = got === undefined ? undefined : nearestName(got, expected);
  const choice = expected.length > 0 ? `use one of ${expected.join(', ')}` : 'correct it as the message says';
  return {
    path: problem.path.join('.'),
    line: line(problem.path),
    message: got === undefined ? problem.message : `${problem.message}: ${JSON.stringify(got)}`,
    remedy: nearest === undefined ? choice : `did you mean ${nearest}? ${choice}`,
  };
}

function nearestName(got: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, far: distance(got, name) })).sort((a, b) => a.far - b.far);
  const [best] = ranked;
  return best !== undefined && best.far <= Math.max(2, Math.floor(got.length / 3)) ? best.name : undefined;
}

/** The line of the deepest node of the path that is there. */
function lineOf(contents: unknown, path: Problem['path'], lines: LineCounter): number {
  let node: unknown = contents;
  let offset = 0;
  for (const key of path) {
    if (!isCollection(node)) break;
    const pair = node.items.find((item) => isPair(item) && String(item.key) === String(key));
    const child: unknown = isPair(pair) ? pair.value : node.get(key, true);
    const start = isPair(pair) ? rangeStart(pair.key) : rangeStart(child);
    if (start === undefined) break;
    offset = start;
    node = child;
  }
  return lines.linePos(offset).line;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const [start] = node.range;
  return typeof start === 'number' ? start : undefined;
}

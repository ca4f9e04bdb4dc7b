import type { z } from 'zod';
import type { Catalog } from './catalog.ts';

/** One thing wrong with a configuration. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What was written, where a name was expected. */
  readonly got?: string;
  /** The names that would have been right. */
  readonly expected?: readonly string[];
}

type Issue = z.core.$ZodIssue;

/** A zod error as problems: one per unknown key, the fitting branch of a union, names to choose from. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, catalog: Catalog, raw: unknown): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, schema, catalog, raw));
}

function problemsOfIssue(issue: Issue, schema: z.ZodType, catalog: Catalog, raw: unknown): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? part.toString() : part));
  if (issue.code === 'invalid_union') {
    return bestBranch(issue.errors).flatMap((inner) =>
      problemsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }, schema, catalog, raw),
    );
  }
  const unknown = unknownKeys(issue);
  if (unknown.length > 0) {
    const expected = keysAt(schema, path, catalog, raw);
    return unknown.map((key) => ({ path: [...path, key], message: 'unknown key', got: key, expected }));
  }
  if (issue.code === 'invalid_value') {
    const got = valueAt(raw, path);
    return [
      {
        path,
        message: `expected one of ${issue.values.map(String).join(', ')}`,
        ...(typeof got === 'string' && { got }),
        expected: issue.values.map(String),
      },
    ];
  }
  return [{ path, message: lowerFirst(issue.message) }];
}

function unknownKeys(issue: Issue): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys;
  const carried: unknown = issue.code === 'custom' ? issue.params?.keys : undefined;
  return Array.isArray(carried) ? carried.filter((key) => typeof key === 'string') : [];
}

/** The branch that got furthest: the others fail at once because the value is of another shape. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) =>
    Math.max(
      0,
      ...issues.map((issue) => (issue.path.length === 0 && issue.code === 'invalid_type' ? 0 : issue.path.length + 1)),
    );
  return [...branches].sort((a, b) => depth(b) - depth(a))[0] ?? [];
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

export function valueAt(raw: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => {
    const own = typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key) : undefined;
    return own?.value;
  }, raw);
}

/** The keys that the schema knows at a path; below a `use:` those of the plugin it names. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[], catalog: Catalog, raw: unknown): string[] {
  const plugins = Object.values(catalog).flat();
  let here: z.ZodType | undefined = schema;
  for (const [index, key] of path.entries()) {
    here = childOf(here, key, valueAt(raw, path.slice(0, index + 1)));
    const named =
      valueAt(raw, [...path.slice(0, index + 1), 'use']) ??
      (key === 'target' ? valueAt(raw, [...path.slice(0, index), 'type']) : undefined);
    here = plugins.find((plugin) => plugin.name === named)?.config ?? here;
  }
  return here === undefined ? [] : shapeKeys(here);
}

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

const defOf = (schema: z.ZodType): Def => schema.def;

function unwrapped(schema: z.ZodType): Def {
  const def = defOf(schema);
  const inner = def.innerType ?? def.in;
  return inner === undefined ? def : unwrapped(inner);
}

function childOf(schema: z.ZodType | undefined, key: string | number, value: unknown): z.ZodType | undefined {
  if (schema === undefined) return undefined;
  const def = unwrapped(schema);
  const fits = def.options?.find((option) => (unwrapped(option).type === 'array') === (typeof key === 'number'));
  if (fits !== undefined) return childOf(fits, key, value);
  return def.shape?.[key] ?? def.element ?? def.valueType;
}

function shapeKeys(schema: z.ZodType): string[] {
  const def = unwrapped(schema);
  return def.shape === undefined ? (def.options ?? []).flatMap(shapeKeys) : Object.keys(def.shape);
}

/** The servers and APIs that a target names, as host:port or origin, wherever they stand in it. */
export function targetsOf(target: unknown): string[] {
  return [...new Set(walk(target))];
}

function walk(value: unknown): string[] {
  if (typeof value === 'string')
    return /^[a-z][a-z+]*:\/\//i.test(value) && URL.canParse(value) ? [new URL(value).host] : [];
  if (typeof value !== 'object' || value === null) return [];
  const { host, port }: { host?: unknown; port?: unknown } = value;
  const own = typeof host === 'string' ? [`${host}:${typeof port === 'number' ? port : ''}`] : [];
  return [...own, ...Object.values(value).flatMap(walk)];
}

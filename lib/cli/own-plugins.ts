import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Catalog } from '../core/catalog.ts';
import { errorCode, RotationError } from '../core/errors.ts';
import { builtIn, type OwnPlugins, withOwn } from '../runtime/catalog.ts';

const NAMES = ['keyturn.config.js', 'keyturn.config.mjs', 'keyturn.config.ts'];

const isPlugin = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'name' in value && 'create' in value && 'config' in value;
const room = <Kind extends keyof Catalog>() =>
  z
    .custom<Catalog[Kind]>((value) => Array.isArray(value) && value.every(isPlugin), 'expected a list of plugins')
    .optional();

const ownPlugins = z.strictObject({
  secretTypes: room<'secretTypes'>(),
  issuers: room<'issuers'>(),
  certificateIssuers: room<'certificateIssuers'>(),
  backends: room<'backends'>(),
  propagators: room<'propagators'>(),
  restarters: room<'restarters'>(),
  verifiers: room<'verifiers'>(),
  notifiers: room<'notifiers'>(),
});

/** `export default { backends: [mine] }`, or the same under `plugins`. */
const exported = z.union([z.strictObject({ plugins: ownPlugins }).transform(({ plugins }) => plugins), ownPlugins]);

/** Everything that ships with Keyturn, and what `keyturn.config.{js,mjs,ts}` beside the configuration adds. @throws ConfigInvalid */
export async function loadCatalog(configFile: string): Promise<Catalog> {
  const folder = dirname(resolve(configFile));
  const file = NAMES.map((name) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) return builtIn;
  const parsed = exported.safeParse(await load(file));
  if (parsed.success) return withOwn(present(parsed.data));
  throw new RotationError('ConfigInvalid', {
    subject: file,
    detail: `its default export is not { <kind>: [plugins] } with the kinds ${Object.keys(ownPlugins.shape).join(', ')}`,
  });
}

const present = (own: z.output<typeof ownPlugins>): OwnPlugins =>
  Object.fromEntries(Object.entries(own).filter(([, plugins]) => plugins !== undefined));

async function load(file: string): Promise<unknown> {
  try {
    return unwrapped(file.endsWith('.ts') ? await importTypeScript(file) : await import(pathToFileURL(file).href));
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : 'it throws';
    throw new RotationError('ConfigInvalid', { subject: file, detail: why, code: errorCode(error) ?? '' });
  }
}

async function importTypeScript(file: string): Promise<unknown> {
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(pathToFileURL(file).href, import.meta.url);
}

const withDefault = z.looseObject({ default: z.unknown() });

/** The default export; where the folder's package.json does not say `type: module` it is wrapped once more. */
function unwrapped(exports: unknown): unknown {
  const parsed = withDefault.safeParse(exports);
  return parsed.success ? unwrapped(parsed.data.default) : exports;
}

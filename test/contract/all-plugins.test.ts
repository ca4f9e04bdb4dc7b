import { readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Plugin, PluginDeps } from '../../lib/core/ports.ts';
import type { RoleRequest } from '../../lib/core/role-request.ts';
import { captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { SAMPLE_CONFIGS } from '../support/sample-configs.ts';
import { useTempDir } from '../support/temp-dir.ts';

const dir = useTempDir();

const root = fileURLToPath(new URL('../../lib/plugins/', import.meta.url));

/** A role that does everything with one value. */
const ROLE: RoleRequest = {
  partition: 'aws',
  account: '111122223333',
  touches: [
    {
      ref: { path: 'database/orders', fields: { password: 'password' } },
      operations: ['stage', 'read', 'promote', 'demote', 'discard', 'versions'],
    },
  ],
};

const isPlugin = (value: unknown): value is Plugin<unknown> =>
  z.looseObject({ name: z.string(), summary: z.string(), create: z.function() }).safeParse(value).success;

const exportsOf = async (file: string): Promise<unknown[]> => Object.values(await import(pathToFileURL(file).href));

/** The rooms that have a registry, with what it exports and the plugins that lie beside it. */
const rooms = await Promise.all(
  readdirSync(root)
    .map((room) => join(root, room))
    .filter((room) => readdirSync(room).includes('index.ts'))
    .map(async (room) => {
      const files = readdirSync(room).filter((file) => file.endsWith('.ts') && file !== 'index.ts');
      const beside = await Promise.all(
        files.map(async (file) =>
          (await exportsOf(join(room, file))).filter(isPlugin).map(({ name }) => ({ file, name })),
        ),
      );
      return { kind: basename(room), exported: await exportsOf(join(room, 'index.ts')), beside: beside.flat() };
    }),
);

const plugins = rooms
  .flatMap(({ kind, exported }) => exported.flat().map((plugin) => ({ kind, plugin })))
  .filter((entry): entry is { kind: string; plugin: Plugin<unknown> } => isPlugin(entry.plugin));

describe.each(rooms)('the registry of $kind', ({ kind, exported, beside }) => {
  it('is one array of plugins for each port, and nothing else', () => {
    expect(exported).toHaveLength(kind === 'issuers' ? 2 : 1);
    expect(exported.every((list) => Array.isArray(list) && list.every(isPlugin))).toBe(true);
  });

  it('holds every plugin of its room once, each under the name of its file', () => {
    const registered = exported.flat().filter(isPlugin);
    expect(registered.map(({ name }) => name).sort()).toEqual(beside.map(({ name }) => name).sort());
    expect(beside.map(({ file }) => file)).toEqual(beside.map(({ name }) => `${name}.ts`));
  });
});

describe.each(plugins.map(({ kind, plugin }) => [`${kind}/${plugin.name}`, plugin] as const))(
  'plugin %s',
  (path, plugin) => {
    const sample = SAMPLE_CONFIGS[plugin.name];
    if (!sample) throw new Error(`${path} has no configuration in test/support/sample-configs.ts: add one`);

    const refusal = (config: object) =>
      plugin.create(config, pluginDeps()).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Error ? `${error.name} ${error.message}` : String(error)),
      );
    const schema = z.toJSONSchema(plugin.config, { io: 'input', unrepresentable: 'any' });

    it('says in one line what it is', () => {
      expect(plugin.summary).toMatch(/^\S[^\n]{5,120}$/);
    });

    it('refuses a key that it does not know, by its name', async () => {
      expect(await refusal({ ...sample, surprise: 1 })).toMatch(/^ConfigInvalid.*surprise/);
    });

    const { properties = {} } = [schema, ...(schema.oneOf ?? [])].find((shape) => shape.properties) ?? {};

    it.each(Object.keys(properties))('refuses a wrong %s, with its path', async (key) => {
      expect(await refusal({ ...sample, [key]: { wrong: [null] } })).toMatch(
        new RegExp(`^ConfigInvalid.*[(; ]${key}[.:]`),
      );
    });

    it.each(Object.keys(sample))('does not repeat a wrong %s: it might be a value that went astray', async (key) => {
      expect(await refusal({ ...sample, [key]: { 'hunter-2': ['hunter-3'] } })).not.toMatch(/hunter-3/);
    });

    it('opens without any I/O', async () => {
      const connect = vi.spyOn(Socket.prototype, 'connect');
      const touched: string[] = [];
      const touch = (what: string) => async () => {
        touched.push(what);
        throw new Error(`create used ${what}`);
      };
      const log = captureLog();
      const deps: Partial<PluginDeps> = { log, fetch: touch('fetch'), credential: touch('credential') };
      await plugin.create(sample, pluginDeps({ ...deps, baseDir: join(dir(), 'base'), dataDir: join(dir(), 'data') }));
      expect([touched, log.lines, readdirSync(dir()), connect.mock.calls]).toEqual([[], [], [], []]);
      connect.mockRestore();
    });

    it('asks AWS for named actions only', () => {
      for (const { actions, resources } of plugin.permissions(sample, ROLE)) {
        expect(actions.length * resources.length).toBeGreaterThan(0);
        for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      }
    });
  },
);

import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { Change, PluginDeps, PropagatorClient } from '../../core/ports.ts';
import { renderTemplate } from '../../core/template.ts';
import { versionMarker } from '../../core/version-marker.ts';
import type { StoredMap } from '../entries/entry-record.ts';
import { loginFiles } from '../vault/files.ts';
import { type Kv, kvEngine } from '../vault/kv.ts';
import { placesOf } from '../vault/places.ts';
import { openSession } from '../vault/session.ts';
import { vaultSettings } from '../vault/settings.ts';
import { wireOf } from '../vault/transport.ts';

const field = z
  .string()
  .regex(/^(?!KEYTURN_VERSION_|_keyturn\.).+$/s, 'expected a name, and not one of KEYTURN_VERSION_* or _keyturn.*');

const config = vaultSettings.extend({
  use: z.literal('vault-copy'),
  /** Below the mount. */
  path: z.string().min(1),
  /** Field -> template of its value. */
  data: z.record(field, z.string()).refine((data) => Object.keys(data).length > 0, 'name at least one field'),
});
type Config = z.output<typeof config>;

/** How often a write is tried again on fresh state when another writer of the path came first. */
const TRIES = 20;

/** Sets fields of a path of this or another server, and a field with the version beside them, in one step by compare-and-set. */
export const vaultCopy = definePlugin({
  name: 'vault-copy',
  summary: 'Fields of a path in a KV engine of version 2, of this or another Vault',
  config,
  capabilities: ['sibling-fields'],
  create: (options, deps): PropagatorClient => {
    const { live } = placesOf(options.path);
    return {
      put: ({ secretId, version, values }) => {
        const known = { ...values.reveal(), version };
        const rendered = Object.entries(options.data).map(([name, template]) => [
          name,
          renderTemplate(template, known),
        ]);
        const fields = Object.fromEntries([...rendered, [versionMarker(secretId), version]]);
        return loggedIn(options, deps, (kv) => writeFields(kv, live, fields));
      },
      current: (secretId) =>
        loggedIn(options, deps, async (kv) => {
          const found = (await kv.read(live)).data?.[versionMarker(secretId)];
          return typeof found === 'string' ? found : undefined;
        }),
    };
  },
});

/** A client of a propagator has no end of its own: each call logs in and out. */
async function loggedIn<T>(options: Config, deps: PluginDeps, use: (kv: Kv) => Promise<T>): Promise<T> {
  const files = loginFiles(deps.baseDir);
  const { clock, log } = deps;
  const settings = { ...options, use: 'vault' as const };
  const session = openSession({ wire: wireOf(settings, files, deps), auth: options.auth, files, clock, log });
  try {
    return await use(kvEngine(session.send, options.mount));
  } finally {
    await session.close();
  }
}

/** @throws Conflict when others change the path all the time */
async function writeFields(kv: Kv, path: string, fields: StoredMap): Promise<Change> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { data, number } = await kv.read(path);
    if (data !== undefined && Object.entries(fields).every(([name, value]) => data[name] === value))
      return 'not-applied';
    if (data === undefined) await kv.refuseOtherEngine();
    const result = data === undefined ? await kv.create(path, fields, number) : await kv.patch(path, fields, number);
    if (result === 'written') return 'applied';
  }
  throw new RotationError('Conflict', {
    subject: `vault ${path}`,
    detail: `changed by others ${TRIES} times meanwhile`,
  });
}

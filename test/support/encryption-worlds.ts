import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credential, PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { makeKey, unwrap, wrap } from '../../lib/plugins/encryption/wrapping.ts';
import { keyOf, ringOf } from '../../lib/plugins/keyring/ring.ts';
import { encryptionKey } from '../../lib/plugins/secret-types/encryption-key.ts';
import type { RingWorld } from '../contract/staged-type-contract.ts';
import { pluginDeps, skippingClock } from './plugin-deps.ts';
import { sandbox, type TestServer } from './postgres.ts';
import { vaultLogin } from './vault-login.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const RECORDS = 5;

/** Where ciphertexts lie, as a test sees them. */
export interface Data {
  readonly place: object;
  /** Nothing can be read there. */
  readonly unreachable: object;
  readonly deps: Partial<PluginDeps>;
  all(): Promise<readonly string[]>;
  add(text: string): Promise<void>;
  register(): Promise<string>;
  close(): Promise<void>;
}

export async function filesData(): Promise<Data> {
  const baseDir = mkdtempSync(join(tmpdir(), 'keyturn-data-'));
  const folder = join(baseDir, 'data/deep');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'README'), 'no ciphertext');
  let count = 0;
  return {
    place: { in: 'files', folder: 'data', suffix: '.key' },
    unreachable: { in: 'files', folder: 'nowhere', suffix: '.key' },
    deps: { baseDir },
    all: async () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.key'))
        .sort()
        .map((name) => readFileSync(join(folder, name), 'utf8').trim()),
    add: async (text) => {
      count += 1;
      writeFileSync(join(folder, `${count}.key`), `${text}\n`);
    },
    register: async () => readFileSync(join(baseDir, 'data/.keyturn-keys.json'), 'utf8'),
    close: async () => rmSync(baseDir, { recursive: true }),
  };
}

export async function tableData(server: TestServer): Promise<Data> {
  const box = await sandbox(server);
  const role = box.role('rewrapper');
  await box.sql(
    `CREATE ROLE ${role} LOGIN PASSWORD 'of the rewrapper'; CREATE SCHEMA keys;
     CREATE TABLE keys.data_keys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, wrapped text, owner text DEFAULT 'x');
     INSERT INTO keys.data_keys (wrapped) VALUES (NULL);
     GRANT USAGE, CREATE ON SCHEMA keys TO ${role}; GRANT SELECT, UPDATE ON keys.data_keys TO ${role}`,
  );
  const admin = { secret: 'production/database/rewrapper' };
  const { host, port } = server;
  const at = { in: 'postgresql', host, port, database: box.database, sslMode: 'disable', admin };
  const place = { ...at, table: 'keys.data_keys', column: 'wrapped', register: 'keys.keyturn_keys' };
  return {
    place,
    unreachable: { ...place, port: 1 },
    deps: { credential: async () => Secret.of({ username: role, password: 'of the rewrapper' }) },
    all: async () => {
      const rows = await box.sql('SELECT wrapped FROM keys.data_keys WHERE wrapped IS NOT NULL ORDER BY id');
      return rows.map(({ wrapped }) => String(wrapped));
    },
    add: async (text) => void (await box.sql('INSERT INTO keys.data_keys (wrapped) VALUES ($1)', [text])),
    register: async () => String((await box.sql('SELECT register FROM keys.keyturn_keys'))[0]?.register),
    close: () => box.drop(),
  };
}

export interface EncryptionWorld extends RingWorld {
  readonly data: Data;
  /** The plain text of each ciphertext at the start. */
  readonly plain: readonly string[];
  deps(overrides?: Partial<PluginDeps>): PluginDeps;
}

function adopted(fields: { kid: string; key: string }, config: object): Credential {
  const value = encryptionKey.adoption?.complete(Secret.of(fields), config, '2025-01-01T00:00:00.000Z');
  if (value === undefined) throw new Error('it was not adopted');
  return { version: 'a'.repeat(32), value };
}

/** Data keys that are wrapped by a key of an application. */
export async function envelopeWorld(data: Data): Promise<EncryptionWorld> {
  const clock = skippingClock();
  const config = { adapter: 'envelope', data: data.place, batch: 2, cacheAge: '30s' };
  const current = adopted({ kid: 'by-hand', key: makeKey(random) }, config);
  const plain = Array.from({ length: RECORDS }, (_, index) => `data key ${index}`);
  for (const text of plain) await data.add(wrap(keyOf(ringOf(current.value)), Buffer.from(text), random));
  const deps = (overrides: Partial<PluginDeps> = {}) => pluginDeps({ clock, ...data.deps, ...overrides });
  return {
    config,
    current,
    data,
    plain,
    deps,
    open: (overrides) => encryptionKey.create(config, deps(overrides)),
    openUnreachable: (overrides) => encryptionKey.create({ ...config, data: data.unreachable }, deps(overrides)),
    now: () => clock.now(),
    pass: (seconds) => void clock.sleep(seconds * 1000),
    serves: async (credential) => {
      const { kid } = keyOf(ringOf(credential.value));
      return JSON.parse(await data.register()).keys[kid]?.check !== undefined;
    },
    close: data.close,
  };
}

/** The plain texts that the keys of a ring open. */
export const openedBy = ({ value }: Credential, texts: readonly string[]): (string | undefined)[] => {
  const { keys } = ringOf(value);
  return texts.map((text) =>
    keys
      .map((key) => unwrap(key, text))
      .find(Boolean)
      ?.toString(),
  );
};

export interface TransitServer {
  readonly address: string;
  readonly mount: string;
  readonly key: string;
  readonly login: { readonly roleId?: string; readonly secretId?: string };
  encrypt(plain: string): Promise<string>;
  /** Undefined where it is refused. */
  decrypt(ciphertext: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Ciphertexts of a Transit engine, real or not. */
export async function transitWorld(server: TransitServer, data: Data): Promise<EncryptionWorld> {
  const { address, mount, key } = server;
  const { config: vault, deps: login, baseDir } = vaultLogin(address, server.login);
  const auth = { ...vault.auth, roleIdFile: join(baseDir, 'role-id'), secretIdFile: join(baseDir, 'secret-id') };
  const clock = skippingClock();
  const config = { adapter: 'vault-transit', address, mount, key, auth, data: data.place, batch: 2 };
  const current = adopted({ kid: 'v1', key: '' }, config);
  const plain = Array.from({ length: RECORDS }, (_, index) => `record ${index}`);
  const first = [];
  for (const text of plain) first.push(await server.encrypt(text));
  for (const text of first) await data.add(text);
  // Made under each version while it was the latest one.
  const samples = new Map([['v1', first[0] ?? '']]);
  const deps = (overrides: Partial<PluginDeps> = {}) => pluginDeps({ clock, ...login, ...data.deps, ...overrides });
  const openWith = (settings: object, overrides?: Partial<PluginDeps>) =>
    encryptionKey.create(settings, deps(overrides));
  return {
    config,
    current,
    data,
    plain,
    deps,
    open: (overrides) => openWith(config, overrides),
    openUnreachable: (overrides) => openWith({ ...config, address: 'http://127.0.0.1:1' }, overrides),
    now: () => clock.now(),
    pass: (seconds) => void clock.sleep(seconds * 1000),
    serves: async ({ value }) => {
      const kid = value.field('kid') ?? '';
      const sample = samples.get(kid) ?? (await server.encrypt('sample'));
      return sample.startsWith(`vault:${kid}:`) && (await server.decrypt(sample)) !== undefined;
    },
    close: async () => {
      await server.close();
      await data.close();
    },
  };
}

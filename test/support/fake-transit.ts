import { z } from 'zod';
import { FAKE_MOUNT, type FakeReply, type FakeVault, startFakeVault } from './fake-vault.ts';

export interface FakeTransit extends FakeVault {
  /** The versions of the key `orders`. */
  readonly key: { latest: number; least: number; rotations: number };
}

const KEY = 'orders';
const item = z.object({ ciphertext: z.string(), plaintext: z.string(), key_version: z.int() }).partial();
const given = item.extend({ batch_input: z.array(item).optional(), min_decryption_version: z.int().optional() });
type Given = z.output<typeof given>;

const refused: FakeReply = { status: 400, body: { errors: ['refused'] } };
const seal = (version: number, plaintext: string) =>
  `vault:v${version}:${Buffer.from(`${version} ${plaintext}`).toString('base64')}`;

/** The fake server with a Transit engine of one key. It encrypts nothing, and leaves out contexts, exports and deletion. */
export async function startFakeTransit(): Promise<FakeTransit> {
  const vault = await startFakeVault();
  const key = { latest: 1, least: 1, rotations: 0 };
  const open = (ciphertext = ''): string | undefined => {
    const [, digits, body = ''] = /^vault:v(\d+):(.+)$/.exec(ciphertext) ?? [];
    const version = Number(digits);
    const [sealed, plain] = Buffer.from(body, 'base64').toString().split(' ');
    return version >= key.least && version <= key.latest && sealed === digits ? plain : undefined;
  };
  const encrypt = (version: number, plaintext: string): FakeReply =>
    version < key.least || version > key.latest
      ? refused
      : { status: 200, body: { data: { ciphertext: seal(version, plaintext) } } };
  const routes: Readonly<Record<string, (json: Given) => FakeReply>> = {
    [`GET keys/${KEY}`]: () => ({
      status: 200,
      body: { data: { latest_version: key.latest, min_decryption_version: key.least } },
    }),
    [`POST keys/${KEY}/rotate`]: () => {
      key.latest += 1;
      key.rotations += 1;
      return { status: 204 };
    },
    [`POST keys/${KEY}/config`]: ({ min_decryption_version: least = key.least }) => {
      if (least > key.latest) return refused;
      key.least = least;
      return { status: 204 };
    },
    [`POST encrypt/${KEY}`]: ({ key_version: version = key.latest, plaintext = '' }) => encrypt(version, plaintext),
    [`POST decrypt/${KEY}`]: ({ ciphertext }) => {
      const plaintext = open(ciphertext);
      return plaintext === undefined ? refused : { status: 200, body: { data: { plaintext } } };
    },
    [`POST rewrap/${KEY}`]: ({ batch_input = [] }) => {
      const results = batch_input.map(({ ciphertext, key_version: version = key.latest }) => {
        const plain = open(ciphertext);
        return plain === undefined ? { error: 'refused' } : { ciphertext: seal(version, plain) };
      });
      return {
        status: results.some((result) => 'error' in result) ? 400 : 200,
        body: { data: { batch_results: results } },
      };
    },
  };
  vault.intercept = ({ method, path, token, json }) => {
    if (!path.startsWith(`${FAKE_MOUNT}/`) || !vault.tokens.has(token ?? '')) return undefined;
    return routes[`${method} ${path.slice(FAKE_MOUNT.length + 1)}`]?.(given.parse(json));
  };
  return Object.assign(vault, { key });
}

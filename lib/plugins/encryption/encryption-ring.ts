import type { Random } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { acceptableIn, keyId, keyOf, type Ring, type RingKey, ringOf, ringProblem } from '../keyring/ring.ts';
import type { EncryptionTarget } from './target.ts';
import { bytesOf, makeKey } from './wrapping.ts';

/** `kid` and `key` are of the key that encrypts; `keyring` has every key that decrypts. Of Transit `kid` is `v<version>`, and `key` is empty. */
export const ENCRYPTION_FIELDS = ['kid', 'key', 'keyring'] as const;

/** The value of a ring: everything in it follows from the ring. */
export function encryptionValue(ring: Ring): Secret {
  const { kid, material = '' } = keyOf(ring);
  return Secret.of({ kid, key: material, keyring: JSON.stringify(ring) });
}

/** The id is the day and something random: a hash of the key would tell of it. */
export const freshKey = (random: Random, now: number): Omit<RingKey, 'state' | 'since'> => ({
  kid: `${new Date(now).toISOString().slice(0, 10)}-${Buffer.from(random.bytes(4)).toString('hex')}`,
  material: makeKey(random),
});

/** The id of a key that Transit keeps. */
export const TRANSIT_KEY = /^v([1-9][0-9]{0,8})$/;

const isKept = ({ adapter }: EncryptionTarget) => adapter === 'vault-transit';

/** The key of an existing application as a ring of one. */
export function adopted(value: Secret, target: EncryptionTarget, at: string): Secret | undefined {
  const [kid, material] = [value.field('kid') ?? '', value.field('key') ?? ''];
  if (!keyId.safeParse(kid).success) return undefined;
  const key: RingKey = { kid, state: 'active', since: at, ...(material !== '' && { material }) };
  return isWhole(key, target) ? encryptionValue({ keys: [key] }) : undefined;
}

/** Why a value is no ring of encryption keys, in words without it. */
export function encryptionProblem(value: Secret, target: EncryptionTarget): string | undefined {
  const keyring = value.field('keyring') ?? '';
  const problem = ringProblem(keyring);
  if (problem !== undefined) return problem;
  const ring = ringOf(value);
  if (!acceptableIn(ring).every((key) => isWhole(key, target)))
    return isKept(target) ? 'a key of its ring is no v<version>' : 'a key of its ring is not 256 bits in base64';
  const follows = Secret.of({ ...encryptionValue(ring).reveal(), keyring }).equals(value);
  return follows ? undefined : 'its other fields do not follow from its field keyring';
}

const isWhole = (key: RingKey, target: EncryptionTarget): boolean =>
  isKept(target) ? TRANSIT_KEY.test(key.kid) && key.material === undefined : bytesOf(key) !== undefined;

import { createHash } from 'node:crypto';
import type { Random } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { acceptableIn, keyId, keyOf, type Ring, type RingKey, ringOf, ringProblem } from '../keyring/ring.ts';
import { type Algorithm, algorithm, isKeyFor, isSymmetric, makeKey, type PublicJwk, publicPart } from './algorithms.ts';

/** A signer takes `kid`, `algorithm` and `private_key`, a verifier `jwks`; `keyring` has every key with its state. */
export const SIGNING_FIELDS = ['kid', 'algorithm', 'private_key', 'jwks', 'keyring'] as const;

/** A key of the ring as a JWKS holds it. */
export const publicJwk = ({ kid, algorithm: alg, material }: RingKey): PublicJwk => ({
  ...publicPart(material ?? ''),
  kid,
  alg,
  use: 'sig',
});

/** What verifiers accept, without any key that also signs. */
export const publicKeys = (ring: Ring): PublicJwk[] =>
  acceptableIn(ring)
    .filter((key) => !isSymmetric(key.algorithm ?? ''))
    .map(publicJwk);

/** The value of a ring: everything in it follows from the ring. */
export function signingValue(ring: Ring): Secret {
  const { kid, algorithm: alg = '', material = '' } = keyOf(ring);
  return Secret.of({
    kid,
    algorithm: alg,
    private_key: material,
    jwks: JSON.stringify({ keys: publicKeys(ring) }),
    keyring: JSON.stringify(ring),
  });
}

/** The id of a public key is its thumbprint (RFC 7638); of HS256 it is random, as a hash of the key would tell of it. */
export async function freshKey(name: Algorithm, random: Random): Promise<Omit<RingKey, 'state' | 'since'>> {
  const material = await makeKey(name, random);
  const kid = isSymmetric(name) ? Buffer.from(random.bytes(16)).toString('base64url') : thumbprint(material);
  return { kid, algorithm: name, material };
}

/** The required members of each kind of key, in the order of their names. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

function thumbprint(material: string): string {
  const jwk = publicPart(material);
  const members = Object.fromEntries((MEMBERS[jwk.kty ?? ''] ?? []).map((name) => [name, jwk[name]]));
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** The key of an existing signer as a ring of one. */
export function adopted(value: Secret, name: Algorithm, at: string): Secret | undefined {
  const [kid, material] = [value.field('kid') ?? '', value.field('private_key') ?? ''];
  if (!keyId.safeParse(kid).success || !isKeyFor(name, material)) return undefined;
  return signingValue({ keys: [{ kid, algorithm: name, state: 'active', since: at, material }] });
}

/** Why a value is no ring of signing keys, in words without it. */
export function signingProblem(value: Secret): string | undefined {
  const problem = ringProblem(value.field('keyring') ?? '');
  if (problem !== undefined) return problem;
  const ring = ringOf(value);
  if (!acceptableIn(ring).every(isWhole)) return 'a key of its ring is none of its algorithm';
  const keyring = value.field('keyring') ?? '';
  const follows = Secret.of({ ...signingValue(ring).reveal(), keyring }).equals(value);
  return follows ? undefined : 'its other fields do not follow from its field keyring';
}

function isWhole({ algorithm: name, material }: RingKey): boolean {
  const known = algorithm.safeParse(name);
  return known.success && isKeyFor(known.data, material ?? '');
}

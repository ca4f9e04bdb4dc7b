import { Secret } from '../../../lib/core/secret.ts';
import { acceptableIn, keyOf, type Ring, ringOf } from '../../../lib/plugins/keyring/ring.ts';
import type { Consumer, Held } from './consumer.ts';
import { bundleIn } from './leaf-type.ts';
import { loginOf } from './target.ts';
import type { World } from './world.ts';

type Fields = Held['fields'];

/** What the invariants have to know of a kind of value. */
interface Kind {
  /** What is new in a value: two values with the same are one. */
  novelty(fields: Fields): string;
  /** Whether the target takes what is new in it. */
  isAccepted(world: World, fields: Fields): boolean;
  /** Whether the target takes what is in use in it. */
  works(world: World, fields: Fields): boolean;
  /** What no sink may show. */
  secrets(fields: Fields): string[];
  /** Whether it belongs to the secret of that name. */
  isOf(area: string, fields: Fields): boolean;
}

const login: Kind = {
  novelty: ({ password = '' }) => password,
  isAccepted: ({ target }, fields) => target.accepts(loginOf(fields)),
  works: ({ target }, fields) => target.accepts(loginOf(fields)),
  secrets: ({ password }) => (password === undefined ? [] : [password]),
  isOf: (area, { username = '' }) => [`${area}_a`, `${area}_b`].includes(username),
};

export const ringIn = (fields: Fields): Ring => ringOf(Secret.of(fields));

const ring: Kind = {
  novelty: (fields) => keyOf(ringIn(fields), 'newest').kid,
  isAccepted: ({ ring: { published } }, fields) => published.has(keyOf(ringIn(fields), 'newest').kid),
  works: ({ ring: { published } }, { kid = '' }) => published.has(kid),
  secrets: (fields) => ringIn(fields).keys.flatMap(({ material }) => material ?? []),
  isOf: () => true,
};

export const hasRing = (fields: Fields): boolean => fields.keyring !== undefined;
export const isLeaf = (fields: Fields): boolean => fields.serial !== undefined;

const leaf: Kind = {
  novelty: (fields) => bundleIn(fields).at(-1) ?? '',
  isAccepted: ({ leaves }, { serial = '' }) => leaves.has(serial),
  works: ({ leaves }, { serial = '' }) => leaves.has(serial),
  secrets: ({ key }) => (key === undefined ? [] : [key]),
  isOf: (area, { serial = '' }) => serial.startsWith(`${area}-`),
};

export const kindOf = (fields: Fields): Kind => (hasRing(fields) ? ring : isLeaf(fields) ? leaf : login);

/** What the consumer's keys have come to by now. */
export function useKeys(world: World, { name, running }: Consumer): void {
  if (hasRing(running.fields)) world.ring.use(name, running.fields.kid ?? '', world.clock.now());
}

/** I16: what a consumer finds written is under keys that it has; what it writes, the others can read. */
export function unreadable(world: World, { name, running }: Consumer): string | undefined {
  if (!hasRing(running.fields)) return undefined;
  const known = acceptableIn(ringIn(running.fields)).map(({ kid }) => kid);
  const [area = ''] = (running.fields.kid ?? '').split('-');
  const lost = world.ring.references().find((kid) => kid.startsWith(`${area}-`) && !known.includes(kid));
  return lost && `${name} does not have ${lost}, which records are under`;
}

/** I18: whoever serves a certificate serves one that all others of its secret trust. */
export function untrusted(world: World, { name, secretId, running }: Consumer): string | undefined {
  if (!isLeaf(running.fields)) return undefined;
  const others = [...world.consumers.values()].filter((other) => other.secretId === secretId);
  const wary = others.find((other) => !bundleIn(other.running.fields).includes(running.fields.authority ?? ''));
  return wary && `${wary.name} does not trust what ${name} serves`;
}

/** I17: a token that has not expired verifies, also with what a verifier has kept of the published keys. */
export function refusedToken(world: World, cacheSeconds: number): string | undefined {
  const now = world.clock.now();
  return world.ring.alive(now).flatMap((kid) => {
    const since = world.ring.published.get(kid);
    if (since === undefined) return `a token of ${kid} is refused before it expires`;
    return (world.ring.signed.get(kid) ?? now) < since + cacheSeconds * 1000
      ? `${kid} signs before every verifier knows of it`
      : [];
  })[0];
}

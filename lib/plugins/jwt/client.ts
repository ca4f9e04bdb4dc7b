import { showDuration } from '../../core/duration.ts';
import type { Answer, Change, GenerateRequest, PluginDeps, Quiet, SecretTypeClient, Switch } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { keyOf, pruned, published, type Ring, ringOf, switched } from '../keyring/ring.ts';
import type { PublicJwk } from './algorithms.ts';
import { jwksOf, showJwks, withKeys } from './jwks-document.ts';
import { type Place, placeOf } from './publication.ts';
import { freshKey, publicJwk, publicKeys, signingValue } from './signing-ring.ts';
import { oldTokensLive, type SigningTarget } from './target.ts';
import { verifiesWith } from './test-token.ts';

/** Keys that sign tokens; their public halves lie at a place where verifiers look. */
export function signingClient(target: SigningTarget, deps: PluginDeps): SecretTypeClient {
  const place = placeOf(target.publish, deps);
  const publish = (keys: (change: Rings) => readonly PublicJwk[]) => async (change: Switch) =>
    place === undefined ? 'not-applied' : publishAt(place, ringsOf(change), keys);
  return {
    generate: (request) => nextValue(target, deps, request),
    prepare: async ({ value }) => ({ statements: await missingAt(place, ringOf(value)), blocked: [] }),
    install: publish(({ next }) => publicKeys(next)),
    uninstall: publish(({ previous }) => publicKeys(previous)),
    retire: publish(({ next }) => [publicJwk(keyOf(next))]),
    probe: async ({ value }, part): Promise<Answer> => {
      const key = keyOf(ringOf(value), part);
      if (place === undefined) return 'untested';
      const document = jwksOf(await place.read(), place.subject);
      return (await verifiesWith(key, document)) ? 'accepted' : 'refused';
    },
    quiet: async (change) => quietAt(deps.clock.now(), change, target),
    sessions: async () => [],
  };
}

interface Rings {
  readonly next: Ring;
  readonly previous: Ring;
}

const ringsOf = ({ next, previous }: Switch): Rings => ({
  next: ringOf(next.value),
  previous: ringOf(previous.value),
});

async function nextValue(
  { algorithm }: SigningTarget,
  { clock, random }: PluginDeps,
  { current, stage }: GenerateRequest,
): Promise<Secret | undefined> {
  const ring = ringOf(current);
  const at = new Date(clock.now()).toISOString();
  if (stage === 'publish') return signingValue(published(ring, await freshKey(algorithm, random), at));
  const next = stage === 'switch' ? switched(ring, at) : pruned(ring, at);
  return next && signingValue(next);
}

/** Has the document hold these keys of the two rings, and no others of them. */
async function publishAt(place: Place, rings: Rings, keysOf: (rings: Rings) => readonly PublicJwk[]): Promise<Change> {
  const own = new Set([...rings.next.keys, ...rings.previous.keys].map(({ kid }) => kid));
  const wanted = keysOf(rings);
  return place.edit((found) => {
    const document = withKeys(jwksOf(found, place.subject), wanted, own);
    return document && showJwks(document);
  });
}

async function missingAt(place: Place | undefined, ring: Ring): Promise<string[]> {
  if (place === undefined) return [];
  const key = keyOf(ring);
  const isThere = await verifiesWith(key, jwksOf(await place.read(), place.subject));
  return isThere ? [] : [`publish the public key of ${key.kid}, which signs now, in ${place.subject}`];
}

/** A token that the old key signed may be as old as the last consumer's switch. */
function quietAt(now: number, { switchedAt, installedAt }: Switch, target: SigningTarget): Quiet {
  const since = switchedAt ?? installedAt ?? now;
  const until = since + oldTokensLive(target) * 1000;
  const tokens = `tokens of the old key live ${showDuration(oldTokensLive(target))} after ${new Date(since).toISOString()}`;
  return { quiet: now >= until, why: now >= until ? `${tokens}, which is over` : tokens };
}

import { RotationError } from '../../core/errors.ts';
import type { Answer, Change, PluginDeps, SecretTypeClient } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { keyOf, type Ring, ringOf, succeeded } from '../keyring/ring.ts';
import { withinLogin } from '../vault/within-login.ts';
import { type Ciphertext, type Ciphertexts, ciphertextsAt } from './ciphertexts.ts';
import { encryptionValue, TRANSIT_KEY } from './encryption-ring.ts';
import { registerOf, showRegister, withRing } from './register.ts';
import { doesNotOpen, referencesTo, refuseReferences, rewrapSome } from './rewrapping.ts';
import type { TransitTarget } from './target.ts';
import { TRANSIT, TRANSIT_PARTS, type TransitKey, transitKey } from './transit-key.ts';

/** @throws ValueCorrupt */
function versionOf({ kid }: { readonly kid: string }): number {
  const [, digits] = TRANSIT_KEY.exec(kid) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new RotationError('ValueCorrupt', { subject: 'a key ring', detail: 'its key is no v<version>' });
}

const inUse = (value: Secret): number => versionOf(keyOf(ringOf(value)));

/**
 * A key that never leaves Transit. It knows every version of itself at once, so nothing is published before it is used and
 * nothing is pruned afterwards: a rotation is a switch.
 */
export function transitClient(target: TransitTarget, deps: PluginDeps): SecretTypeClient {
  const { clock } = deps;
  const { within: withServer } = withinLogin(target, deps, { mount: target.mount, parts: TRANSIT_PARTS });
  const withData = ciphertextsAt(target.data, TRANSIT, deps);
  const withKey = <T>(work: (key: TransitKey) => Promise<T>) =>
    withServer((server) => work(transitKey(target, server)));
  const withBoth = <T>(work: (key: TransitKey, data: Ciphertexts) => Promise<T>) =>
    withKey((key) => withData((data) => work(key, data)));
  return {
    generate: async ({ current, stage }) => {
      if (stage !== 'switch') return undefined;
      const ring = ringOf(current);
      const { latest } = await withKey((key) => key.versions());
      const kid = `v${Math.max(latest, inUse(current) + 1)}`;
      return encryptionValue(succeeded(ring, { kid }, new Date(clock.now()).toISOString()));
    },
    prepare: () => withKey(async (key) => key.versions().then(() => ({ statements: [], blocked: [] }))),
    install: ({ next, previous }) =>
      withBoth(async (key, data) => {
        const rotated = await upTo(key, inUse(next.value));
        const listed = await list(key, data, ringOf(next.value), [inUse(previous.value), inUse(next.value)]);
        return rotated === 'applied' ? rotated : listed;
      }),
    // A version of a key cannot be taken away, and stays good; the value goes back.
    uninstall: () => withKey(async (key) => key.versions().then(() => 'not-applied' as const)),
    probe: ({ value }, part) => withBoth((key, data) => answerOf(key, data, keyOf(ringOf(value), part).kid)),
    quiet: ({ next }) =>
      withData(async (data) => {
        const left = await referencesTo(data, await before(data, inUse(next.value)));
        return { quiet: left === 0, why: `${left} of the ${data.subject} are under an old version` };
      }),
    rewrap: ({ next }) =>
      withBoth(async (key, data) => {
        const version = inUse(next.value);
        const from = await before(data, version);
        const move = (found: readonly Ciphertext[]) => moved(key, data, found, version);
        return { remaining: await rewrapSome(data, clock, { from, batch: target.batch, move }) };
      }),
    retire: ({ next }) =>
      withBoth(async (key, data) => {
        const version = inUse(next.value);
        const { least } = await key.versions();
        await refuseReferences(data, await before(data, version));
        if (least >= version) return 'not-applied';
        await key.refuseBefore(version);
        return 'applied';
      }),
    sessions: async () => [],
  };
}

/** Rotates only where the version is not there: a repetition makes no further one. */
async function upTo(key: TransitKey, version: number): Promise<Change> {
  if ((await key.versions()).latest >= version) return 'not-applied';
  await key.rotate();
  return 'applied';
}

/** Keeps a ciphertext of each version, by which it can be tried when it is to be refused. */
async function list(key: TransitKey, data: Ciphertexts, ring: Ring, versions: readonly number[]): Promise<Change> {
  const known = registerOf(await data.readRegister(), data.subject)?.keys ?? {};
  const checks = new Map<string, string | undefined>();
  for (const version of versions)
    if (known[`v${version}`]?.check === undefined) checks.set(`v${version}`, await key.check(version));
  return data.editRegister((found) =>
    showRegister(withRing(registerOf(found, data.subject), ring, (kid) => checks.get(kid))),
  );
}

/** By a ciphertext of that version that was made while it was good; before there is one, by a new one. */
async function answerOf(key: TransitKey, data: Ciphertexts, kid: string): Promise<Answer> {
  const kept = registerOf(await data.readRegister(), data.subject)?.keys[kid]?.check;
  const { latest } = await key.versions();
  const check = kept ?? (versionOf({ kid }) > latest ? undefined : await key.check(versionOf({ kid })));
  return check !== undefined && (await key.opens(check)) ? 'accepted' : 'refused';
}

/** The versions before this one that data is under. */
async function before(data: Ciphertexts, version: number): Promise<string[]> {
  const kids = [...(await data.counts()).keys()];
  return kids.filter((kid) => TRANSIT_KEY.test(kid) && versionOf({ kid }) < version);
}

/** @throws ValueCorrupt for one that Transit does not open */
async function moved(
  key: TransitKey,
  data: Ciphertexts,
  found: readonly Ciphertext[],
  version: number,
): Promise<readonly string[]> {
  const results = await key.rewrap(
    found.map(({ text }) => text.trim()),
    version,
  );
  return found.map((item, index) => {
    const text = results[index];
    if (text === undefined) throw doesNotOpen(data, item);
    return text;
  });
}

import { RotationError } from '../../core/errors.ts';
import type { Answer, PluginDeps, SecretTypeClient } from '../../core/ports.ts';
import { acceptableIn, keyOf, pruned, published, type Ring, type RingKey, ringOf, switched } from '../keyring/ring.ts';
import { type Ciphertexts, ciphertextsAt } from './ciphertexts.ts';
import { encryptionValue, freshKey } from './encryption-ring.ts';
import { registerOf, showRegister, withRing } from './register.ts';
import { doesNotOpen, referencesTo, refuseReferences, rewrapSome } from './rewrapping.ts';
import type { EnvelopeTarget } from './target.ts';
import { unwrap, WRAPPED, wrap } from './wrapping.ts';

/** What the check of a key wraps: it is no secret. */
const CHECK = Buffer.from('keyturn');

const kidsIn = (keys: readonly RingKey[]): string[] => keys.map(({ kid }) => kid);

/** The keys that data may still be under and is to leave. */
const leftBehind = (ring: Ring): RingKey[] => acceptableIn(ring).filter(({ kid }) => kid !== keyOf(ring).kid);

/** Keys that wrap data keys; the data keys lie in files or in a table. */
export function envelopeClient(target: EnvelopeTarget, deps: PluginDeps): SecretTypeClient {
  const { clock, random } = deps;
  const within = ciphertextsAt(target.data, WRAPPED, deps);
  const now = () => new Date(clock.now()).toISOString();
  const list = (data: Ciphertexts, ring: Ring, gone: readonly string[] = []) => {
    const check = (kid: string) => {
      const key = acceptableIn(ring).find((candidate) => candidate.kid === kid);
      return key && wrap(key, CHECK, random);
    };
    return data.editRegister((found) => showRegister(withRing(registerOf(found, data.subject), ring, check, gone)));
  };
  return {
    generate: async ({ current, stage }) => {
      const ring = ringOf(current);
      if (stage === 'publish') return encryptionValue(published(ring, freshKey(random, clock.now()), now()));
      const next = stage === 'switch' ? switched(ring, now()) : pruned(ring, now());
      return next && encryptionValue(next);
    },
    prepare: ({ value }) => within(async (data) => ({ statements: await strangers(data, ringOf(value)), blocked: [] })),
    install: ({ next, stage }) =>
      within(async (data) => {
        const ring = ringOf(next.value);
        if (stage === 'publish') await refuseStrangers(data, ring);
        return list(data, ring);
      }),
    uninstall: ({ next, previous }) =>
      within((data) => {
        const ring = ringOf(previous.value);
        const kept = kidsIn(ring.keys);
        return list(
          data,
          ring,
          kidsIn(ringOf(next.value).keys).filter((kid) => !kept.includes(kid)),
        );
      }),
    probe: ({ value }, part) => within((data) => answerOf(data, keyOf(ringOf(value), part))),
    quiet: ({ next }) =>
      within(async (data) => {
        const left = await referencesTo(data, kidsIn(leftBehind(ringOf(next.value))));
        return { quiet: left === 0, why: `${left} of the ${data.subject} are under an old key` };
      }),
    rewrap: ({ next }) =>
      within(async (data) => {
        const ring = ringOf(next.value);
        const old = leftBehind(ring);
        const move = async (found: Parameters<typeof moved>[1]) =>
          moved(data, found, old, (plain) => wrap(keyOf(ring), plain, random));
        return { remaining: await rewrapSome(data, clock, { from: kidsIn(old), batch: target.batch, move }) };
      }),
    retire: ({ next }) =>
      within(async (data) => {
        const ring = ringOf(next.value);
        await refuseReferences(data, kidsIn(leftBehind(ring)));
        return list(data, pruned(ring, now()) ?? ring);
      }),
    sessions: async () => [],
  };
}

/** @throws ValueCorrupt for one that its key does not open */
function moved(
  data: Ciphertexts,
  found: readonly { readonly id: string; readonly text: string }[],
  old: readonly RingKey[],
  seal: (plain: Buffer) => string,
): string[] {
  return found.map((item) => {
    const plain = old.map((key) => unwrap(key, item.text)).find((opened) => opened !== undefined);
    if (plain === undefined) throw doesNotOpen(data, item);
    return seal(plain);
  });
}

/** A key is good while the register lists it and its check opens. Before there is a register the data itself is asked. */
async function answerOf(data: Ciphertexts, key: RingKey): Promise<Answer> {
  const register = registerOf(await data.readRegister(), data.subject);
  const [sample] = register === undefined ? await data.under([key.kid], 1) : [];
  const tried = register === undefined ? sample?.text : register.keys[key.kid]?.check;
  // Nothing speaks against the key in use where there is no data yet.
  if (tried === undefined) return register === undefined && key.state === 'active' ? 'accepted' : 'refused';
  return unwrap(key, tried) === undefined ? 'refused' : 'accepted';
}

async function strangers(data: Ciphertexts, ring: Ring): Promise<string[]> {
  const known = kidsIn(acceptableIn(ring));
  const counts = [...(await data.counts())].filter(([kid]) => !known.includes(kid));
  return counts.map(
    ([kid, count]) => `${count} of the ${data.subject} are ${kid === '' ? 'not wrapped' : `under ${kid}`}`,
  );
}

/** What no key of the ring opens would be lost once its own key is: before anything changes. @throws TargetNotPrepared */
async function refuseStrangers(data: Ciphertexts, ring: Ring): Promise<void> {
  const [first] = await strangers(data, ring);
  if (first === undefined) return;
  throw new RotationError('TargetNotPrepared', {
    subject: data.subject,
    detail: `${first}, which is no key of the ring`,
  });
}

import { RotationError } from '../core/errors.ts';
import { isoNow } from '../core/run.ts';
import { stepDeps } from '../runtime/step-deps.ts';
import { tryAcquireEngineLock } from './engine-lock.ts';
import { EXCHANGED, exchangeKey } from './exchange-key.ts';
import { type Claim, identify } from './identity.ts';
import { type Local, noCallbacks } from './local.ts';

/** Keyturn's own keys. */
export const OWN_KEYS = ['store', ...EXCHANGED] as const;
export type OwnKey = (typeof OWN_KEYS)[number];

/** What was done, for the record. */
export interface KeyExchange {
  readonly which: OwnKey;
  readonly actor: string;
  /** Distinguishes it from every other. */
  readonly id: string;
  readonly words: string;
}

/**
 * Exchanges one key. No process may drive this data directory meanwhile: it would go on with the old key. The keys of
 * `local` stay what they were; whoever writes next opens the directory anew.
 *
 * @throws AccessDenied, EngineBusy, StorageFailed, KeyFileInvalid
 */
export async function rotateKey(local: Local, which: OwnKey, claim: Claim): Promise<KeyExchange> {
  const person = identify(claim, { action: 'keys rotate', which }, local.config());
  const engine = tryAcquireEngineLock(local.dataDir);
  if ('heldBy' in engine)
    throw new RotationError('EngineBusy', { subject: `key ${which}`, detail: `process ${engine.heldBy} drives it` });
  try {
    const words = which === 'store' ? await rekeyStores(local) : exchange(local, which);
    return { which, actor: person.name, id: local.ids.uuid(), words };
  } finally {
    engine.release();
  }
}

function exchange({ dataDir }: Local, which: (typeof EXCHANGED)[number]): string {
  exchangeKey(dataDir, which);
  return `the key ${which} is exchanged; what was made with the one before still holds`;
}

/** Every backend in use that keeps a key of its own. */
async function rekeyStores(local: Local): Promise<string> {
  const { deps, close } = stepDeps(local.services(noCallbacks));
  const byBackend = new Map([...deps.config.secrets.values()].map((entry) => [entry.backend, entry]));
  const told: string[] = [];
  try {
    for (const [name, entry] of byBackend) {
      const values = await (await deps.open.backend(entry)).rekey?.();
      if (values !== undefined) told.push(`backend ${name}: ${values} values are under a new key`);
    }
  } finally {
    await close();
  }
  return told.join('; ') || 'no backend in use keeps a key of its own';
}

/** Puts the exchange on record, signed with the keys as they are now. */
export async function recordExchange(local: Local, { which, actor, id }: KeyExchange): Promise<void> {
  await local.ledger.appendAudit({
    key: `keys/${id}`,
    time: isoNow(local),
    actor,
    run: id,
    rotationId: id,
    secretId: '',
    classification: '',
    step: `keys:${which}`,
    oldVersion: '',
    newVersion: '',
    fingerprint: '',
    decision: local.keys.auditKeyId,
    approvals: [],
    outcome: 'exchanged',
    error: '',
  });
}

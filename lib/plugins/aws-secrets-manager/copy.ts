import { RotationError } from '../../core/errors.ts';
import type { Change } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import { withMembers } from './json-members.ts';
import { CURRENT } from './labels.ts';
import { refuseTooLarge } from './map-text.ts';
import { moveCurrent, putVersion, readCurrent, type SecretAt } from './secret-at.ts';

/** How often a write is tried again on fresh state when another writer of the secret came first. */
const TRIES = 20;

const EMPTY = '{}';
const FIRST_ID = 'keyturn-first-version-without-any-value';

/**
 * Sets some fields of a secret's JSON object in one step; all others stay as they were written.
 *
 * @param prefix - of the ids of AWS's versions: this version for this consumer, 20 to 50 characters
 * @throws SecretNotFound where there is no such secret; Conflict when others change it all the time
 */
export async function writeFields(at: SecretAt, fields: Fields, prefix: string): Promise<Change> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const current = await readCurrent(at);
    if (current === undefined) {
      await makeCurrent(at);
      continue;
    }
    const { id, text, data } = current;
    if (Object.entries(fields).every(([name, value]) => Object.hasOwn(data, name) && data[name] === value)) {
      return 'not-applied';
    }
    const next = refuseTooLarge(withMembers(text, fields, []), at.name);
    const label = `keyturn-copy-${prefix}`;
    const put = await putVersion(at, { prefix, text: next, labels: [label] });
    if (put === undefined) continue;
    const moved = await moveCurrent(at, id, put);
    await at.api.move(at.name, label, put);
    if (moved === 'written') return 'applied';
  }
  throw new RotationError('Conflict', { subject: at.name, detail: `changed by others ${TRIES} times meanwhile` });
}

/** A secret that was created without any value gets an empty one; one that is not there is its owner's to create. */
async function makeCurrent({ api, name }: SecretAt): Promise<void> {
  if ((await api.describe(name)) === undefined) {
    const detail = `there is no such secret in ${api.region}; create it, with its key and its policy`;
    throw new RotationError('SecretNotFound', { subject: `secret ${name}`, detail });
  }
  await api.put(name, FIRST_ID, EMPTY, [CURRENT]);
}

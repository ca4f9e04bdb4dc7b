import type { Clock } from '../../core/ports.ts';
import { untilSeen } from '../aws/until-seen.ts';
import type { StoredMap } from '../entries/entry-record.ts';
import { CURRENT, labelled } from './labels.ts';
import { readMap } from './map-text.ts';
import type { Described, SecretsApi, Written } from './secrets-api.ts';

/** One secret of AWS, and the service in which it lies. */
export interface SecretAt {
  readonly name: string;
  readonly api: SecretsApi;
  readonly clock: Clock;
}

/** What lies at a version of AWS. */
export interface VersionText {
  readonly id: string;
  readonly text: string;
  readonly data: StoredMap;
}

/** @throws ConfigInvalid where what lies there is no JSON object */
export async function readText({ api, name, clock }: SecretAt, id: string): Promise<VersionText> {
  const text = await untilSeen(clock, `version ${id} of ${name}`, () => api.value(name, id));
  return { id, text, data: readMap(text, name) };
}

/** Undefined where there is no secret, or none with a value. Its version is asked for by id: a reply of before is not taken for it. */
export async function readCurrent(
  at: SecretAt,
): Promise<(VersionText & { readonly described: Described }) | undefined> {
  const described = await at.api.describe(at.name);
  if (described === undefined) return undefined;
  const id = labelled(described, CURRENT);
  return id === undefined ? undefined : { ...(await readText(at, id)), described };
}

/**
 * Puts a version beside the current one, under a label that keeps it from being pruned.
 *
 * @param prefix - what its id begins with: of two writers of one number the second is told
 * @returns its id; undefined where another writer took it first
 */
export async function putVersion(
  { api, name, clock }: SecretAt,
  version: { readonly prefix: string; readonly text: string; readonly labels: readonly [string, ...string[]] },
): Promise<string | undefined> {
  const { prefix, text, labels } = version;
  const id = nextId(prefix, await api.ids(name));
  if ((await api.put(name, id, text, labels)) === 'taken') return undefined;
  return untilSeen(clock, `version ${id} of ${name}`, async () => {
    const described = await api.describe(name);
    return described && labelled(described, labels[0]) === id ? id : undefined;
  });
}

function nextId(prefix: string, known: readonly string[]): string {
  const numbers = known.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
  return `${prefix}${Math.max(0, ...numbers) + 1}`;
}

/** Moves AWSCURRENT; a refusal means that another one moved it first, or that AWS does not show all of it everywhere yet. */
export async function moveCurrent({ api, name, clock }: SecretAt, from: string, to: string): Promise<Written> {
  const currentNow = async () => {
    const described = await api.describe(name);
    return described && labelled(described, CURRENT);
  };
  const untilGone = () =>
    untilSeen(clock, `${CURRENT} of ${name}`, async () => {
      const now = await currentNow();
      return now === from ? undefined : now;
    });
  return untilSeen(clock, `${CURRENT} of ${name}`, async () => {
    const result = await api.move(name, CURRENT, from, to);
    const now = result === 'written' ? await untilGone() : await currentNow();
    if (result === 'written' || now === to) return 'written';
    return now === from ? undefined : 'taken';
  });
}

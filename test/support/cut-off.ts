import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';

/** What the suites about cut-off changes of a backend do: each change of a version with what comes before it. */

export const V1 = '1'.repeat(32);
export const V2 = '2'.repeat(32);
export const ref: SecretRef = { path: 'database/orders', fields: { password: 'pg_password' } };
const value = (password: string) => Secret.of({ password });

export type Act = (client: BackendClient) => Promise<unknown>;

export const stageFirst: Act = (client) => client.stage(ref, V1, value('one'));
export const promoteFirst: Act = (client) => client.promote(ref, V1, undefined);
export const stageNext: Act = (client) => client.stage(ref, V2, value('two'));
export const promoteNext: Act = (client) => client.promote(ref, V2, V1);
const demote: Act = (client) => client.demote(ref, V2, V1);
const discard: Act = (client) => client.discard(ref, V2);

export const CHANGES: Readonly<Record<string, readonly [before: readonly Act[], act: Act]>> = {
  stage: [[], stageFirst],
  'a first promote': [[stageFirst], promoteFirst],
  promote: [[stageFirst, promoteFirst, stageNext], promoteNext],
  demote: [[stageFirst, promoteFirst, stageNext, promoteNext], demote],
  discard: [[stageFirst, promoteFirst, stageNext], discard],
};

/** All that a reader sees, but for the moments. */
export async function shownState(client: BackendClient) {
  const { current, previous, pending } = await client.versions(ref);
  const values = [V1, V2].map((version) =>
    client.read(ref, version).then(
      (credential) => credential.value.reveal(),
      (error: Error) => error.name,
    ),
  );
  const ids = pending.map(({ version }) => version);
  return { current: current?.version, previous: previous?.version, pending: ids, values: await Promise.all(values) };
}

import { versionIdOf } from './names.ts';
import type { Part } from './ports.ts';
import { type RotationRecord, STAGES, type Stage } from './rotation.ts';
import { hasReached } from './run.ts';
import type { Flow } from './step.ts';

export const FIRST_STAGE: Readonly<Record<Flow, Stage>> = { overlap: 'whole', keyring: 'publish', reissue: 'publish' };

/** What is new in a version: the key that a stage has published and that nobody uses yet, or else the one in use. */
export const newPart = (flow: Flow, stage: Stage): Part =>
  flow === 'keyring' && stage === 'publish' ? 'newest' : 'primary';

/**
 * Whether the target must refuse what a stage brought, once that was taken back. Not a key that was in use: what it
 * signed or encrypted in the meantime must stay good. Nor a list of authorities: the leaf is the one from before.
 */
export const isRefusedAfterwards = (flow: Flow, stage: Stage): boolean =>
  flow === 'overlap' || (flow === 'keyring' && stage === 'publish') || (flow === 'reissue' && stage === 'switch');

/** Every version id that a run may give. */
export const versionsOf = (flow: Flow, secretId: string, causeId: string): string[] =>
  STAGES.filter((stage) => (stage === 'whole') === (flow === 'overlap')).flatMap((stage) => [
    versionIdOf(secretId, causeId, 1, stage),
    versionIdOf(secretId, causeId, 2, stage),
  ]);

export const isBefore = (one: Stage, other: Stage): boolean => STAGES.indexOf(one) < STAGES.indexOf(other);

/** A run past the pivot only goes forward: the old credential may be revoked. */
export const isPastPivot = (record: RotationRecord): boolean =>
  record.stage === 'prune' || hasReached({ record }, 'retiring');

/** A stage that had nothing to change: the version that it leaves is the one from before. */
export const isSkipped = ({ version, previous }: { readonly version: string; readonly previous: string }): boolean =>
  version === previous;

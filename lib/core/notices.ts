import type { Classification } from './rotation.ts';

/** What people are told of a rotation, and by whom: the port of notifiers. */

export const OCCASIONS = ['started', 'approval', 'committed', 'failed', 'quarantined', 'emergency'] as const;
export type Occasion = (typeof OCCASIONS)[number];

export interface Notice {
  readonly occasion: Occasion;
  readonly secretId: string;
  readonly rotationId: string;
  readonly classification: Classification;
  readonly at: string;
  /** One line: what happened. */
  readonly headline: string;
  /** Facts in order, for a table: consumer, verdict, error name ... */
  readonly facts: readonly (readonly [label: string, value: string])[];
}

export interface NotifierClient {
  /** At least once; a channel that is down is the caller's to record. */
  send(notice: Notice): Promise<void>;
}

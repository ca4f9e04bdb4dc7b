import type { ApprovalRecord } from '../core/rotation.ts';
import type { Moment } from './moments.ts';
import type { Output } from './output.ts';

/** Shows how rotations go on. */
export interface Progress {
  moment(moment: Moment): void;
  note(text: string): void;
  /** Leaves the screen as it is. */
  end(): Promise<void>;
}

/** What is known of the rotations that are driven, by the names of their executions. */
export interface Known {
  readonly secretId: string;
  readonly consumers: readonly string[];
  /** How long old and new both stay valid, for people. */
  readonly grace: string;
}
export type KnownRotations = ReadonlyMap<string, Known>;

export const wordsOf = ({ state, words }: Moment, known: Known | undefined): string =>
  state === 'Grace' && known !== undefined ? `${words} for ${known.grace}` : words;

/** One line per moment on stderr: for logs, pipelines and several rotations at once. */
export function plainProgress(output: Output, rotations: KnownRotations): Progress {
  const last = new Map<string, string>();
  return {
    moment: (moment) => {
      if (moment.kind === 'ended') return;
      const known = rotations.get(moment.execution);
      const line = [known?.secretId, moment.consumer, wordsOf(moment, known)].filter(Boolean).join('  ');
      const key = `${moment.execution} ${moment.consumer}`;
      if (last.get(key) === line) return;
      last.set(key, line);
      output.note(moment.kind === 'error' ? output.paint.yellow(line) : line);
    },
    note: output.note,
    end: async () => undefined,
  };
}

/** The question to the approvers, with the command that answers it. */
export function approvalText({ id, secretId, digest, seats, expiresAt }: ApprovalRecord): string {
  return [
    `${secretId} waits for approval by ${seats.join(' + ')} until ${expiresAt}`,
    `  plan digest ${digest}`,
    `  keyturn approve ${id} --as NAME --key FILE`,
    `  keyturn reject ${id} --reason TEXT --as NAME --key FILE`,
  ].join('\n');
}

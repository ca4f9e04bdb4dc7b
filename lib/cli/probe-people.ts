import { quorum } from '../core/approvals.ts';
import type { Config } from '../core/config.ts';
import { CLASSIFICATIONS, type Vote } from '../core/rotation.ts';
import { readOperatorKey } from '../local/operators.ts';
import { looking, ok, type Probe, warn } from './probe.ts';

/** Whether the seats of each class in use can be taken by people who can sign here, the requester apart. */
export const probeSeats: Probe = async ({ config }) => {
  const used = new Set(
    [...config.secrets.values()].filter(({ type }) => type !== 'external').map(({ classification }) => classification),
  );
  return CLASSIFICATIONS.filter((name) => used.has(name)).map((name) => {
    const { seats } = config.policy[name];
    const subject = `approvers of ${name}`;
    if (seats.length === 0) return ok(subject, 'none needed');
    if (quorum(seats, votesOfAll(config), config.people)) return ok(subject, seats.join(' + '));
    const remedy = 'put names of `operators` into the roles below `people`; `keyturn init --operator` makes a key';
    return warn(subject, `nobody can take the seats ${seats.join(' + ')}: a run by hand would wait in vain`, remedy);
  });
};

const votesOfAll = ({ operators }: Config): Vote[] =>
  Object.keys(operators).map((person) => ({ person, decision: 'approve', reason: '', at: '', proof: '' }));

/** The caller's own key, where the environment names one. */
export const probeOwnKey =
  (file: string | undefined): Probe =>
  async () => {
    if (file === undefined) return [];
    return [
      await looking(`key ${file}`, async () => {
        readOperatorKey(file);
        return ok(`key ${file}`, 'an Ed25519 key that only you can read');
      }),
    ];
  };

import { RotationError } from './errors.ts';
import type { ApprovalRecord, Vote } from './rotation.ts';

export interface VoteContext {
  /** Epoch ms. */
  readonly now: number;
  /** Role -> who holds it. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  /** The digest that the voter saw. */
  readonly digest: string;
}

/**
 * Adds one vote to an approval.
 *
 * @throws ApprovalExpired after its expiry; ApprovalRefused for another digest, a decided approval, the requester's own
 * vote, a second vote by one person, or a person who holds no role that is asked for
 */
export function castVote(record: ApprovalRecord, vote: Vote, context: VoteContext): ApprovalRecord {
  const refusal = refusalOf(record, vote, context);
  if (refusal !== undefined) {
    const [name, detail] = refusal;
    throw new RotationError(name, { subject: `approval ${record.id}, vote of ${vote.person}`, detail });
  }
  const votes = [...record.votes, vote];
  const status =
    vote.decision === 'reject' ? 'rejected' : quorum(record.seats, votes, context.people) ? 'granted' : 'open';
  return { ...record, votes, status };
}

type Refusal = readonly ['ApprovalExpired' | 'ApprovalRefused', string];

/** In the order in which they are told; the first that applies is the reason. */
function refusalOf(record: ApprovalRecord, vote: Vote, { now, people, digest }: VoteContext): Refusal | undefined {
  const rules: readonly (readonly [boolean, Refusal])[] = [
    [now >= Date.parse(record.expiresAt), ['ApprovalExpired', `it expired at ${record.expiresAt}`]],
    [record.status !== 'open', ['ApprovalRefused', `it is ${record.status} already`]],
    [digest !== record.digest, ['ApprovalRefused', 'the digest is of another plan']],
    [
      record.seats.length > 0 && vote.person === record.requester,
      ['ApprovalRefused', 'nobody approves their own request'],
    ],
    [record.votes.some((earlier) => earlier.person === vote.person), ['ApprovalRefused', 'this person has voted']],
    [
      record.seats.length > 0 && !seatsOf(vote.person, record.seats, people),
      ['ApprovalRefused', `this person holds none of the roles asked for: ${record.seats.join(', ')}`],
    ],
  ];
  return rules.find(([applies]) => applies)?.[1];
}

const holds = (person: string, seat: string, people: VoteContext['people']): boolean =>
  seat === 'any' ? Object.values(people).some((list) => list.includes(person)) : (people[seat] ?? []).includes(person);

const seatsOf = (person: string, seats: readonly string[], people: VoteContext['people']): boolean =>
  seats.some((seat) => holds(person, seat, people));

/** Whether distinct approvers can take all seats: a matching, as one person may hold several roles. */
export function quorum(seats: readonly string[], votes: readonly Vote[], people: VoteContext['people']): boolean {
  const approvers = [...new Set(votes.filter((vote) => vote.decision !== 'reject').map((vote) => vote.person))];
  if (seats.length === 0) return approvers.length > 0;
  const [seat = '', ...rest] = seats;
  const fill = (open: readonly string[], free: readonly string[]): boolean => {
    const [next, ...others] = open;
    if (next === undefined) return true;
    return free.some(
      (person) =>
        holds(person, next, people) &&
        fill(
          others,
          free.filter((other) => other !== person),
        ),
    );
  };
  return fill([seat, ...rest], approvers);
}

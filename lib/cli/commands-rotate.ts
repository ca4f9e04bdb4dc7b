import { ACTOR, type CommandSpec, option } from './command-spec.ts';

const NO_WAIT = option('--no-wait', 'do not wait for approval: leave the rotation waiting and exit with 4');
const REASON = option('--reason <text>', 'why, for the record');

export const ROTATE: readonly CommandSpec[] = [
  {
    usage: 'plan [secret...]',
    summary: 'show what a rotation would do; changes nothing',
    about: `Per secret: why it is due, its flow, consumers and restart waves, the expected gap, the approvals it needs, what else
feels it, what the target lacks, and the digest that approvers vote on. Without names: every secret that can be rotated.`,
    options: [
      option('--as <name>', 'who would ask; the digest depends on it (default: $KEYTURN_OPERATOR, else your user)'),
    ],
    examples: [
      ['plan', 'every secret'],
      ['plan production/database/orders --as alice', 'the plan, with the digest, if alice asks'],
    ],
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    usage: 'rotate [secret...]',
    summary: 'replace secrets and prove it; the old one is retired last',
    about: `Makes a new value, has the target accept it beside the old one, brings it to every consumer, proves each on it, and only
then retires the old one. A failure before that point is undone. Ctrl-C leaves a rotation that \`keyturn resume\` goes on with.
Select by name, by --all, or by a filter of --environment, --type and --due. What a filter selects goes as a fleet: a canary
first and alone, never two at once that would meet, and nothing further once too many failed.`,
    options: [
      option('--all', 'every secret that can be rotated'),
      option('--environment <name>', 'those of this environment'),
      option('--type <name>', 'those of this type'),
      option('--due', 'those that policy wants rotated'),
      REASON,
      option('--dry-run', 'show the plans and stop'),
      NO_WAIT,
      option('--concurrency <n>', 'how many at a time (default: 1 by name, 5 of a filter)'),
      option('--per-target <n>', 'how many of a filter at one server or API at a time (default: 1)'),
      option('--per-backend <n>', 'how many of a filter in one backend at a time (default: 5)'),
      option('--max-failures <n>', 'start nothing further after so many failures (default: 3)'),
      option('--canary <secret>', 'the secret of a filter that goes first (default: the least critical)'),
      option('--jitter <seconds>', 'spread starts at one moment over so many seconds (default: 3)'),
      ...ACTOR,
    ],
    examples: [
      ['rotate production/database/orders', 'one secret, with live progress'],
      ['rotate --due --yes --json', 'what is due, for machines'],
      ['rotate --all --concurrency 10 --max-failures 1', 'everything, until the first failure'],
      ['rotate --environment staging --type postgresql --dry-run', 'the plans of a filter'],
      ['rotate production/database/orders --as alice --key alice.pem', 'asked for by alice'],
    ],
    load: async () => (await import('./rotate.ts')).rotate,
  },
  {
    usage: 'due',
    summary: 'list the age of every secret',
    examples: [['due', 'what needs attention comes first']],
    load: async () => (await import('./due.ts')).due,
  },
  {
    usage: 'approvals',
    summary: 'list the open questions to people',
    examples: [['approvals', 'ids, seats, votes, and the command that answers each']],
    load: async () => (await import('./approvals.ts')).approvals,
  },
  {
    usage: 'provide <secret>',
    summary: 'hand over the new value that only a person can make',
    about: `For a rotation that waits for it: says what is to be done, takes the fields as one JSON object on stdin or asks for each
with echo off, tries the value where it can, and goes on with the proof like any other rotation.`,
    options: ACTOR,
    examples: [['provide production/services/slack-webhook', 'asks for id and token']],
    load: async () => (await import('./provide.ts')).provide,
  },
  {
    usage: 'approve <id>',
    summary: 'vote for a plan',
    about: `A vote is bound to the digest of the plan. Without --digest the plan is shown and you are asked; with --yes the plan as
it is now must be the one that was asked about. The last vote that is needed also drives the rotation on, where no other
process does.`,
    options: [option('--digest <hex>', 'the digest of the plan that you have seen'), REASON, ...ACTOR],
    examples: [
      ['approve a-4kfj2mqzp7xt --as bob --key bob.pem', 'shows the plan, asks, signs'],
      ['approve a-4kfj2mqzp7xt --digest 9f86d08... --as bob --key bob.pem', 'for the plan of this digest'],
    ],
    load: async () => (await import('./approve.ts')).approve,
  },
  {
    usage: 'reject <id>',
    summary: 'vote against a plan, which ends the rotation',
    options: [{ ...REASON, required: true }, ...ACTOR],
    examples: [['reject a-4kfj2mqzp7xt --reason "in a freeze" --as bob --key bob.pem', 'nothing is changed']],
    load: async () => (await import('./reject.ts')).reject,
  },
];

import { ACTOR, type CommandSpec, option } from './command-spec.ts';

const REASON = option('--reason <text>', 'why, for the record');

export const RUNS: readonly CommandSpec[] = [
  {
    usage: 'status [run]',
    summary: 'show what is unfinished, and what it waits for',
    examples: [
      ['status', 'everything that has not ended'],
      ['status r-4kfj2mqzp7xt', 'one rotation, with its evidence'],
    ],
    load: async () => (await import('./status.ts')).status,
  },
  {
    usage: 'history [about]',
    summary: 'show what ran: all, of one secret, or one run event by event',
    options: [option('--limit <n>', 'at most so many rotations', { default: '20' })],
    examples: [
      ['history', 'the newest rotations'],
      ['history production/database/orders', 'those of one secret'],
      ['history r-4kfj2mqzp7xt --json', 'its events as AWS Step Functions shows them'],
    ],
    load: async () => (await import('./history.ts')).history,
  },
  {
    usage: 'drift [secret...]',
    summary: 'compare store, target, copies and running consumers',
    about: `Names who is not on the version that the store says is current: the target that refuses it or still accepts the one
before, a copy with another version or content, a consumer that runs another. With --repair the consumers that are off are
brought to the current version by the steps of a rotation, under its locks. Exit code 5 where something is left.`,
    options: [option('--repair', 'bring consumers that are off to the current version'), ...ACTOR],
    examples: [
      ['drift', 'every secret'],
      ['drift production/database/orders --repair', 'one, put right'],
    ],
    load: async () => (await import('./drift.ts')).drift,
  },
  {
    usage: 'graph <what>',
    summary: 'draw a flow, or a run with what happened on it, as SVG',
    options: [option('--out <file>', 'the picture (default: keyturn-<what>.svg)')],
    examples: [
      ['graph overlap', 'the flow'],
      ['graph r-4kfj2mqzp7xt --out run.svg', 'one rotation: states, retries, times, errors'],
    ],
    load: async () => (await import('./graph.ts')).graph,
  },
  {
    usage: 'resume [run]',
    summary: 'go on after a crash, a ctrl-C, a question or a quarantine',
    about: `Without a run: goes on with everything that was cut off; what waits for a person stays. With a run: answers its question,
forward. Where the old value is still in use it looks again; --without-quiet goes on although it may be.`,
    options: [
      option('--without-quiet', 'go on although the old value may still be in use; recorded under your name'),
      option('--no-wait', 'do not wait for approvals'),
      REASON,
      ...ACTOR,
    ],
    examples: [
      ['resume', 'after a crash or a ctrl-C'],
      ['resume r-4kfj2mqzp7xt', 'one rotation, out of its question or quarantine'],
    ],
    load: async () => (await import('./resume.ts')).resume,
  },
  {
    usage: 'rollback <run>',
    summary: 'send an unfinished rotation back to the old value',
    about:
      'The old value becomes current again everywhere and is proven; the new one is removed. Refused once the old one is retired.',
    options: [REASON, ...ACTOR],
    examples: [['rollback r-4kfj2mqzp7xt --reason "release went wrong"', 'back']],
    load: async () => (await import('./rollback.ts')).rollback,
  },
  {
    usage: 'release <secret>',
    summary: 'give a secret free after it was put right by hand',
    about: 'Forgets a pending version that the target refuses, and frees the locks of a rotation in quarantine.',
    options: ACTOR,
    examples: [['release production/database/orders', 'explains, asks, and frees it']],
    load: async () => (await import('./release.ts')).release,
  },
];

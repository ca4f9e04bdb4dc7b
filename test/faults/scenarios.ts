import type { Scenario } from './cell.ts';
import type { Ailment } from './harness/consumer.ts';
import type { Site } from './harness/site.ts';

const ails = (name: string, ailment: Ailment, alsoOnOld: boolean) => (site: Site) =>
  Object.assign(site.world.consumer(name), { ailment, alsoOnOld });

/** The runs that faults are laid over: each goes through other states of the flow. */
export const SCENARIOS = {
  plain: { name: 'a run without an accident' },
  back: {
    name: 'the way back, from every consumer',
    from: 'Assess',
    prepare: ails('worker', 'ignores the reload', false),
  },
  'both values refused': {
    name: 'two values that the target refuses, and the way back before any consumer',
    from: 'Assess',
    prepare: ({ world }: Site) => {
      world.target.refusals = 2;
    },
  },
  'value refused': {
    name: 'a value that the target refuses',
    from: 'Install#1',
    to: 'Install#2',
    prepare: ({ world }: Site) => {
      world.target.refusals = 1;
    },
  },
  'consumer registered meanwhile': {
    name: 'a consumer that was registered meanwhile',
    from: 'Gate#2',
    to: 'Gate#3',
    laterConsumers: ['api', 'worker', 'reports'],
  },
  quarantine: {
    name: 'a quarantine that a person answers',
    from: 'Quarantine',
    to: 'ConfirmPerson',
    prepare: ails('worker', 'cannot be asked', true),
    mend: ({ world }: Site) => Object.assign(world.consumer('worker'), { ailment: undefined }),
  },
} as const satisfies Record<string, Scenario>;

/** A worker that takes so many versions, the first one counted, and then no more. */
const takes = (wellOn: number) => ({
  prepare: ({ world }: Site) => Object.assign(world.consumer('worker'), { ailment: 'ignores the reload', wellOn }),
  mend: ({ world }: Site) => Object.assign(world.consumer('worker'), { ailment: undefined }),
});

/** The same of a ring of keys and of a certificate, whose rotations have stages. A stride leaves calls out, others for each fault. */
export const STAGED_SCENARIOS = {
  plain: { name: 'a ring without an accident', kind: 'ring', stride: 9 },
  published: { name: 'the way back from a published key', kind: 'ring', from: 'Assess', stride: 9, ...takes(1) },
  switched: { name: 'the way back from a key in use', kind: 'ring', from: 'Assess', stride: 9, ...takes(2) },
  leaf: { name: 'a certificate of a new authority', kind: 'leaf', stride: 11 },
  reissued: { name: 'the way back from a certificate', kind: 'leaf', from: 'Assess', stride: 9, ...takes(2) },
  pruned: { name: 'an old key that stays at a consumer', kind: 'ring', from: 'Quarantine', stride: 9, ...takes(3) },
} as const satisfies Record<string, Scenario>;

import type { Scenario } from './cell.ts';
import type { Site } from './harness/site.ts';

/** From its start, one consumer is never on the new version. */
const ignoring = ({ world }: Site) => Object.assign(world.consumer('worker'), { ailment: 'ignores the reload' });

/** The runs that faults are laid over: each goes through other states of the flow. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  plain: { name: 'plain' },
  back: { name: 'back', from: 'Assess', prepare: ignoring },
  'value refused': {
    name: 'value refused',
    from: 'Install',
    to: 'VerifyTarget',
    prepare: ({ world }) => {
      world.target.refusals = 1;
    },
  },
  'both values refused': {
    name: 'both values refused',
    from: 'Assess',
    prepare: ({ world }) => {
      world.target.refusals = 2;
    },
  },
  'consumer registered meanwhile': {
    name: 'consumer registered meanwhile',
    from: 'Gate',
    laterConsumers: ['api', 'worker', 'reports'],
  },
  'consumer registered meanwhile fails': {
    name: 'consumer registered meanwhile fails',
    from: 'Assess',
    laterConsumers: ['api', 'worker', 'reports'],
    prepare: ({ world }) => Object.assign(world.consumer('reports'), { ailment: 'fails to start' }),
  },
  quarantine: {
    name: 'quarantine',
    from: 'Quarantine',
    prepare: ({ world }) => Object.assign(world.consumer('worker'), { ailment: 'fails to start', alsoOnOld: true }),
    people: { mend: ({ world }) => Object.assign(world.consumer('worker'), { ailment: undefined }) },
  },
};

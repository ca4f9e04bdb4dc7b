import { z } from 'zod';
import { consumerOf } from '../consumers.ts';
import { RotationError } from '../errors.ts';
import type { RestarterClient, RestartRequest } from '../ports.ts';
import type { RunRef } from '../rotation.ts';
import { audit, intend, type OpenRun, openRun } from '../run.ts';
import { type Restarting, restartingOf } from '../shared-restart.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { consumerInput, type side } from './schemas.ts';

type Side = z.infer<typeof side>;
type Restarted = Pick<RunRef, 'rotationId' | 'secretId' | 'version' | 'previous' | 'stage'>;

const action = z.enum(['start', 'watch', 'undo']);
type Action = z.infer<typeof action>;

interface Asked {
  readonly deps: StepDeps;
  readonly opened: OpenRun;
  readonly restarter: RestarterClient;
  readonly consumer: string;
  readonly side: Side;
}
type Act = (asked: Asked) => Promise<string>;

const ACTS: Record<Action, Act> = {
  start: async (asked) => {
    const { by } = await ownerOf(asked);
    return by === 'itself' ? begin(asked) : WORDS[by];
  },
  watch: async (asked) => {
    const owner = await ownerOf(asked);
    const subject = `consumer ${asked.consumer}`;
    if (owner.by === 'nobody yet')
      throw pending(subject, `it restarts once the copy of ${owner.waitsFor} is there, too`);
    if (owner.by === 'itself' && !owner.isStarted) await beginLate(asked);
    const request = owner.by === 'another' ? requestFor(owner.record, owner.consumer, 'next') : requestOf(asked);
    const { state, why } = await asked.restarter.status(request);
    if (state === 'pending') throw pending(subject, why);
    if (state === 'failed') throw new RotationError('RolloutFailed', { subject, detail: why });
    return 'healthy';
  },
  undo: async (asked) => {
    await intend(asked.deps, asked.opened, transitionOf(asked));
    await asked.restarter.undo(requestOf(asked));
    return 'undone';
  },
};

const WORDS = { another: 'shared', 'nobody yet': 'deferred' } as const;

export const restart = defineStep({
  name: 'restart',
  summary:
    'Restarts or reloads one consumer, once for all of a fleet that bring it a copy, and tells whether it is back.',
  input: consumerInput.extend({ action }),
  output: z.strictObject({ state: z.string() }),
  opens: ['restarter'],
  run: async (deps, { run, consumer, side: which, action: wanted }) => {
    const opened = await openRun(deps, run);
    const { restart: plugin } = consumerOf(opened.entry, consumer);
    const place = { deps, opened, consumer, side: which };
    const state =
      plugin === undefined ? 'none' : await ACTS[wanted]({ ...place, restarter: await deps.open.restarter(plugin) });
    await audit(deps, opened, { ...transitionOf(place), outcome: state });
    return { state };
  },
});

const transitionOf = ({ consumer, side: which }: Pick<Asked, 'consumer' | 'side'>) => ({
  step: 'restart',
  item: `${consumer}:${which}`,
});

/** On the way back nothing is shared: it has to be this value, and now. */
const ownerOf = async ({ deps, opened, consumer, side: which }: Asked): Promise<Restarting> =>
  which === 'next' ? restartingOf(deps, opened, consumer) : { by: 'itself', isStarted: true };

async function begin(asked: Asked): Promise<string> {
  const { deps, opened, restarter } = asked;
  await intend(deps, opened, transitionOf(asked));
  await restarter.restart(requestOf(asked));
  return 'restarting';
}

/** What was put off when it was to start. */
async function beginLate(asked: Asked): Promise<void> {
  const outcome = await begin(asked);
  await audit(asked.deps, asked.opened, { ...transitionOf(asked), outcome });
}

const pending = (subject: string, detail: string) => new RotationError('RolloutPending', { subject, detail });

const requestOf = ({ opened, consumer, side: which }: Asked): RestartRequest => requestFor(opened.run, consumer, which);

/** Each stage and the way back is a restart of its own, so that it is never taken for one that was done already. */
function requestFor(run: Restarted, consumer: string, which: Side): RestartRequest {
  return {
    secretId: run.secretId,
    consumer,
    version: which === 'next' ? run.version : run.previous,
    rotationId: [
      run.rotationId,
      ...(run.stage === 'whole' ? [] : [run.stage]),
      ...(which === 'next' ? [] : ['back']),
    ].join('-'),
  };
}

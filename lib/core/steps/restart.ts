import { z } from 'zod';
import { consumerOf } from '../consumers.ts';
import { RotationError } from '../errors.ts';
import type { RestarterClient, RestartRequest } from '../ports.ts';
import { audit, intend, type OpenRun, openRun } from '../run.ts';
import { defineStep } from '../step.ts';
import { consumerInput } from './schemas.ts';

const action = z.enum(['start', 'watch', 'undo']);
type Action = z.infer<typeof action>;
type Act = (restarter: RestarterClient, request: RestartRequest) => Promise<string>;

const ACTS: Record<Action, Act> = {
  start: async (restarter, request) => {
    await restarter.restart(request);
    return 'restarting';
  },
  watch: async (restarter, request) => {
    const { state, why } = await restarter.status(request);
    const subject = `consumer ${request.consumer}`;
    if (state === 'pending') throw new RotationError('RolloutPending', { subject, detail: why });
    if (state === 'failed') throw new RotationError('RolloutFailed', { subject, detail: why });
    return 'healthy';
  },
  undo: async (restarter, request) => {
    await restarter.undo(request);
    return 'undone';
  },
};

export const restart = defineStep({
  name: 'restart',
  summary: 'Restarts or reloads one consumer, and tells whether it has come back.',
  input: consumerInput.extend({ action }),
  output: z.strictObject({ state: z.string() }),
  opens: ['restarter'],
  run: async (deps, { run, consumer, side, action: wanted }) => {
    const opened = await openRun(deps, run);
    const { restart: plugin } = consumerOf(opened.entry, consumer);
    const transition = { step: 'restart', item: `${consumer}:${side}` };
    if (plugin !== undefined && wanted !== 'watch') await intend(deps, opened, transition);
    const state =
      plugin === undefined
        ? 'none'
        : await ACTS[wanted](await deps.open.restarter(plugin), requestFor(opened, consumer, side));
    await audit(deps, opened, { ...transition, outcome: state });
    return { state };
  },
});

/** Each stage and the way back is a restart of its own, so that it is never taken for one that was done already. */
function requestFor({ run }: OpenRun, consumer: string, side: 'next' | 'previous'): RestartRequest {
  const version = side === 'next' ? run.version : run.previous;
  return {
    secretId: run.secretId,
    consumer,
    version,
    rotationId: [
      run.rotationId,
      ...(run.stage === 'whole' ? [] : [run.stage]),
      ...(side === 'next' ? [] : ['back']),
    ].join('-'),
  };
}

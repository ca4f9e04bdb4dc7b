import { z } from 'zod';
import { definePlugin } from '../../../lib/core/plugin.ts';
import type { PropagatorClient, RestarterClient, RestartRequest, VerifierClient } from '../../../lib/core/ports.ts';
import type { Hands } from './world.ts';

const applied = (did: boolean) => (did ? 'applied' : 'not-applied');

const copyConfig = z.strictObject({ use: z.literal('copy'), of: z.string() });

/** Writes into a consumer's copy. */
export const copier = ({ world, act }: Hands) =>
  definePlugin({
    name: 'copy',
    summary: "A consumer's copy.",
    config: copyConfig,
    create: ({ of }): PropagatorClient => ({
      put: ({ version, values }) =>
        act('copy', 'put', of, () => applied(world.consumer(of).put({ version, fields: values.reveal() }))),
      current: () => act('copy', 'current', of, () => world.consumer(of).copy.version),
    }),
  });

const rolloutConfig = z.strictObject({ use: z.literal('rollout') });
const rolloutOf = ({ rotationId, version }: RestartRequest) => `${rotationId}/${version}`;

/** Restarts a consumer while its old process goes on. */
export const restarter = ({ world, act }: Hands) =>
  definePlugin({
    name: 'rollout',
    summary: 'A rolling restart.',
    config: rolloutConfig,
    create: (): RestarterClient => ({
      restart: (request) =>
        act('process', 'restart', request.consumer, () =>
          applied(world.consumer(request.consumer).restart(rolloutOf(request), world.clock.now())),
        ),
      status: (request) =>
        act('process', 'status', request.consumer, () => {
          const state = world.consumer(request.consumer).status(rolloutOf(request), world.clock.now());
          return { state, why: `its rollout is ${state}` };
        }),
      undo: ({ consumer }) => act('process', 'undo', consumer, () => applied(world.consumer(consumer).undo())),
    }),
  });

const askedConfig = z.strictObject({ use: z.literal('asked') });

/** Asks a consumer which version it uses. */
export const asker = ({ world, act }: Hands) =>
  definePlugin({
    name: 'asked',
    summary: 'The consumer says which version it uses.',
    config: askedConfig,
    create: (): VerifierClient => ({
      check: ({ consumer: name, expected }) =>
        act('process', 'check', name, () => {
          const consumer = world.consumer(name);
          if (consumer.isSilent()) return { verdict: 'inconclusive', why: 'it does not answer' };
          const uses = consumer.running.version;
          return { verdict: uses === expected.version ? 'verified' : 'rejected', why: `it uses ${uses}` };
        }),
    }),
  });

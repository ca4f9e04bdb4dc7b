import { ORDERS } from './scene.ts';
import type { Site } from './site.ts';

/** The version that each consumer of the orders secret runs on. */
export const versionsInUse = ({ world }: Site): string[] =>
  [...world.consumers.values()].filter(({ secretId }) => secretId === ORDERS).map(({ running }) => running.version);

/** The states that called a step, each as often as it did. */
export const callsOf = ({ calls }: Site): string[] =>
  calls.map(({ key }) => key.replace(/.*\//, '').replace(/[#~].*/, ''));

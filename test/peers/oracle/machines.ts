import fc from 'fast-check';
import type { Json } from '../../../lib/asl/json.ts';
import { block } from './blocks.ts';
import type { Case } from './case.ts';
import { Draw } from './draw.ts';
import type { Machine } from './place.ts';
import { KINDS } from './scope.ts';

/** State machines over the supported language, each with an input and the results of its Tasks. */
const machines = fc.gen().map((next) => machine(new Draw(next)));

/** As many cases as asked for; the same seed makes the same. */
export const generate = (seed: number, count: number): Case[] =>
  fc.sample(machines, { seed, numRuns: count }).map((made, at) => ({ ...made, name: `Generated${at}` }));

function machine(draw: Draw): Omit<Case, 'name'> {
  const shared = share();
  const risk = draw.once(3) ? 'none' : 'some';
  const around = { n: [], s: [], b: [], l: [] };
  const top = block({ draw, machine: shared, risk, depth: 2, around, isTop: true });
  const definition = { Comment: 'Generated', QueryLanguage: 'JSONata', TimeoutSeconds: 300, ...top };
  return { definition, input: input(draw), mocks: shared.mocks };
}

function share(): Machine {
  let states = 0;
  let blocks = 0;
  return {
    mocks: {},
    newName: () => `S${++states}`,
    newVariables: () => {
      const block = ++blocks;
      return KINDS.map((kind) => `${kind}${block}`);
    },
  };
}

const input = (draw: Draw): Json => ({
  n: draw.pick([0, 1, 5, -2, 3.5]),
  s: draw.pick(['', 'abc', 'a-b-c', 'Foo o']),
  b: draw.once(2),
  l: draw.many(0, 4, () => draw.int(-1, 6)),
});

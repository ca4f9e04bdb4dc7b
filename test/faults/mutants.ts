import { z } from 'zod';
import { compileMachine, type Machine } from '../../lib/asl/machine.ts';
import type { Catalog } from '../../lib/core/catalog.ts';
import { runRef } from '../../lib/core/rotation.ts';
import { openTarget, reach } from '../../lib/core/run.ts';
import { defineStep, type Step } from '../../lib/core/step.ts';
import { steps } from '../../lib/core/steps/index.ts';
import { loadFlow } from '../../lib/local/machines.ts';
import { made } from '../support/made.ts';
import type { Scenario } from './cell.ts';

const definition = z.looseObject({ States: z.record(z.string(), z.looseObject({})) });
type States = z.output<typeof definition>['States'];

/** The shipped flow with its states changed. */
function mutate(name: string, change: (states: States) => void, flow: 'overlap' | 'keyring' = 'overlap'): Machine {
  const parsed = definition.parse(JSON.parse(loadFlow(flow).definition));
  change(parsed.States);
  return compileMachine(JSON.stringify(parsed), { name });
}

const set = (states: States, name: string, fields: object) => {
  states[name] = { ...states[name], ...fields };
};

/** Revokes OLD as soon as the copies are in place, and looks at the consumers afterwards. */
const revokesFirst = () =>
  mutate('revokes-first', (states) => {
    set(states, 'AllDelivered', { Default: 'Retire' });
    set(states, 'Retire', { Next: 'Waves' });
    set(states, 'Waves', { Next: 'Grace' });
    set(states, 'IsQuiet', {
      Choices: [
        { Condition: '{% $states.input.holds %}', Next: 'VerifyRefused' },
        { Condition: '{% $states.input.overdue %}', Next: 'NotifyQuiet' },
      ],
    });
  });

/** Goes from the gate to the pivot. */
const skipsQuiet = () =>
  mutate('skips-quiet', (states) => {
    set(states, 'GateOpen', { Choices: [{ Condition: '{% $states.input.holds %}', Next: 'Retire' }] });
    for (const name of ['Quiet', 'IsQuiet', 'QuietAgain', 'NotifyQuiet', 'AskQuiet', 'ConfirmQuiet', 'QuietDecision']) {
      delete states[name];
    }
  });

/** Takes a wave for healthy, whatever its consumers say, and the gate for open. */
const ignoresFailure = () =>
  mutate('ignores-failure', (states) => {
    const inner = z.looseObject({ States: z.record(z.string(), z.looseObject({})) });
    const waves = z.looseObject({ ItemProcessor: inner }).parse(states.Waves);
    set(waves.ItemProcessor.States, 'Wave', { Next: 'WaveDone' });
    delete waves.ItemProcessor.States.WaveHealthy;
    delete waves.ItemProcessor.States.WaveFailed;
    states.Waves = waves;
    set(states, 'GateOpen', { Choices: [{ Condition: '{% true %}', Next: 'Quiet' }] });
  });

/** Goes from a key in use to the quiet rule, with data still under the old one. */
const skipsRewrap = () =>
  mutate(
    'skips-rewrap',
    (states) => {
      set(states, 'StageDone', { Default: 'Quiet' });
      for (const name of ['Rewrap', 'Rewrapped', 'RewrapAgain']) delete states[name];
    },
    'keyring',
  );

/** The keys of a type that waits for nothing and is always quiet. */
const hasty = (catalog: Catalog): Catalog => ({
  ...catalog,
  secretTypes: catalog.secretTypes.map((type) => ({
    ...type,
    waits: () => ({}),
    create: async (config, deps) => ({
      ...(await type.create(config, deps)),
      quiet: async () => ({ quiet: true, why: 'it looks at nothing' }),
    }),
  })),
});

/** Goes back from a published key without taking it away. */
const leavesKey = () =>
  mutate(
    'leaves-key',
    (states) => {
      set(states, 'AllRestored', { Default: 'Discard' });
      set(states, 'Direction', {
        Choices: [{ Condition: '{% $touched %}', Next: 'Restore' }],
        Default: 'Discard',
      });
      for (const name of ['Uninstall', 'VerifyRemoved']) delete states[name];
    },
    'keyring',
  );

/** Makes a new value each time it is called. */
const regenerating = defineStep({
  name: 'generate',
  summary: 'A mutant.',
  input: z.strictObject({ run: runRef, regenerate: z.boolean() }),
  output: z.strictObject({ run: runRef, needed: z.boolean() }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run }) => {
    const opened = await openTarget(deps, run);
    const { backend, ref, target } = opened;
    const current = await backend.read(ref, run.previous);
    await backend.discard(ref, run.version);
    await backend.stage(
      ref,
      run.version,
      await made(target, { current: current.value, version: run.version, generation: 1 }),
    );
    await reach(deps, opened, 'generated');
    return { run, needed: true };
  },
});

/** Revokes without the last look that the real step takes. */
const ungated = defineStep({
  name: 'retire',
  summary: 'A mutant.',
  input: z.strictObject({ run: runRef }),
  output: z.strictObject({ change: z.string() }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run }) => {
    const opened = await openTarget(deps, run);
    const { backend, ref, target } = opened;
    await reach(deps, opened, 'retiring');
    const [next, previous] = [await backend.read(ref, run.version), await backend.read(ref, run.previous)];
    return { change: await target.retire({ next, previous }) };
  },
});

const withStep = (mutant: Step): Step[] => steps.map((step) => (step.name === mutant.name ? mutant : step));

export interface Mutant {
  readonly scenario: () => Scenario;
  /** The kind of fault under which it shows; absent where it shows without any. */
  readonly fault?: string;
  /** What its cells show. */
  readonly caught: RegExp;
}

/** Wrong in one way each, as a careless change could make them. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'revokes before it verifies': {
    scenario: () => ({ name: 'mutant', machine: revokesFirst() }),
    caught: /I5: it goes in circles/,
  },
  'revokes before it verifies, and no step stops it': {
    scenario: () => ({ name: 'mutant', machine: revokesFirst(), steps: withStep(ungated) }),
    caught: /I1: .* holds a credential that the target refuses|I2: .* was revoked while/,
  },
  'generates again on a retry': {
    scenario: () => ({ name: 'mutant', steps: withStep(regenerating) }),
    fault: 'crash after the effect, reply lost',
    caught: /I4: 2 values in generation 1/,
  },
  'skips the quiet check': {
    scenario: () => ({ name: 'mutant', machine: skipsQuiet() }),
    caught: /I5: it goes in circles/,
  },
  'skips the quiet check, and no step stops it': {
    scenario: () => ({ name: 'mutant', machine: skipsQuiet(), steps: withStep(ungated) }),
    caught: /I2: .* was revoked under sessions of/,
  },
  'drops the compare-and-set': {
    scenario: () => ({
      name: 'mutant',
      prepare: ({ world }) => {
        world.store.compares = false;
      },
    }),
    fault: 'another writer in the store',
    caught: /I11: what another writer put at .* was overwritten/,
  },
  'uses a key that not every verifier knows': {
    scenario: () => ({ name: 'mutant', kind: 'ring', plugins: hasty }),
    caught: /I17: .* signs before every verifier knows of it/,
  },
  'retires a key whose tokens live, and which records are under': {
    scenario: () => ({ name: 'mutant', kind: 'ring', plugins: hasty, machine: skipsRewrap() }),
    caught: /I2: .* was revoked under sessions of (tokens, )?records|I17: a token of orders-first is refused/,
  },
  'leaves data under the old key': {
    scenario: () => ({ name: 'mutant', kind: 'ring', plugins: hasty, machine: skipsRewrap() }),
    caught: /I16: .* does not have orders-first, which records are under/,
  },
  'leaves a published key behind': {
    scenario: () => ({ name: 'mutant', kind: 'ring', machine: leavesKey() }),
    fault: 'one consumer ignores the reload',
    caught: /I5: the target takes|I8: NEW .* logs in/,
  },
  "ignores one consumer's failure": {
    scenario: () => ({ name: 'mutant', machine: ignoresFailure() }),
    fault: 'one consumer ignores the reload',
    caught: /I5: /,
  },
};

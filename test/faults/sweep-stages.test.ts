import { STAGED_SCENARIOS } from './scenarios.ts';
import { sweepSuite } from './sweep-suite.ts';

/** Of each family those that reach into a stage: a run with three of them has three times as many calls. */
const FAULTS = [
  'crash before the effect',
  'crash after the effect, reply lost',
  'every attempt times out, not applied',
  'fatal refusal',
  'fatal error after the effect',
  'target down for a while',
  'one consumer ignores the reload',
  'audit sink down for a while',
  'ledger down for a while',
];
const ON_THE_WAY = FAULTS.slice(0, 5);

const { plain, leaf, ...ways } = STAGED_SCENARIOS;

sweepSuite('stages', [
  { scenario: plain, faults: FAULTS },
  { scenario: leaf, faults: ON_THE_WAY },
  ...Object.values(ways).map((scenario) => ({ scenario, faults: ON_THE_WAY })),
]);

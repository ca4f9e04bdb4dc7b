import { SCENARIOS } from './scenarios.ts';
import { sweepSuite } from './sweep-suite.ts';

/** One of each family: the ways other than the plain one share its calls, and differ in what they lead to. */
const FAULTS = [
  'crash before the effect',
  'crash after the effect, reply lost',
  'every attempt times out, applied',
  'fatal refusal',
  'fatal error after the effect',
  'stale read',
  'backend down for a while',
  'target down for good',
  'audit sink down for good',
  'ledger down for a while',
];

const { plain: _plain, ...others } = SCENARIOS;

sweepSuite(
  'other ways',
  Object.values(others).map((scenario) => ({
    scenario,
    // A quarantine looks at no store.
    faults: FAULTS.filter((fault) => scenario !== SCENARIOS.quarantine || fault !== 'stale read'),
  })),
);

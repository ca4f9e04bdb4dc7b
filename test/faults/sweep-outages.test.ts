import { OUTAGES } from './faults.ts';
import { SCENARIOS } from './scenarios.ts';
import { sweepSuite } from './sweep-suite.ts';

sweepSuite('outages', [{ scenario: SCENARIOS.plain, faults: Object.keys(OUTAGES) }]);

import { INTERRUPTIONS } from './faults.ts';
import { SCENARIOS } from './scenarios.ts';
import { sweepSuite } from './sweep-suite.ts';

sweepSuite('interruptions', [{ scenario: SCENARIOS.plain, faults: Object.keys(INTERRUPTIONS) }]);

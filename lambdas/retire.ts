import { retire } from '../lib/core/steps/retire.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(retire);

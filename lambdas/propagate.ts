import { propagate } from '../lib/core/steps/propagate.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(propagate);

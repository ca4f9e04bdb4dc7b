import { begin } from '../lib/core/steps/begin.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(begin);

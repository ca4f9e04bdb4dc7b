import { generate } from '../lib/core/steps/generate.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(generate);

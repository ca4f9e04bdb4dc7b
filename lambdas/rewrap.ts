import { rewrap } from '../lib/core/steps/rewrap.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(rewrap);

import { restart } from '../lib/core/steps/restart.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(restart);

import { rollback } from '../lib/core/steps/rollback.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(rollback);

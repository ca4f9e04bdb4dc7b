import { finish } from '../lib/core/steps/finish.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(finish);

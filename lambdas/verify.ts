import { verify } from '../lib/core/steps/verify.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(verify);

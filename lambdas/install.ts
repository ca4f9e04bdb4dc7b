import { install } from '../lib/core/steps/install.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(install);

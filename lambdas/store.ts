import { store } from '../lib/core/steps/store.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(store);

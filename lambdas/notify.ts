import { notify } from '../lib/core/steps/notify.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(notify);

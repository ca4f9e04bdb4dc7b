import { approval } from '../lib/core/steps/approval.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(approval);

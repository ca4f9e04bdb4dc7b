import { fleet } from '../lib/core/steps/fleet.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(fleet);

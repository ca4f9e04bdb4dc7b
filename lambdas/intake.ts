import { intake } from '../lib/core/steps/intake.ts';
import { asLambda } from '../lib/runtime/as-lambda.ts';

export const handler = asLambda(intake);

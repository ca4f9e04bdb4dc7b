import { RotationError } from '../core/errors.ts';
import type { Step } from '../core/step.ts';
import type { Handler } from './handler.ts';

export function asLambda(step: Step): Handler {
  return async () => {
    throw new RotationError('LedgerUnavailable', { subject: `step ${step.name}`, detail: 'no ledger on AWS yet' });
  };
}

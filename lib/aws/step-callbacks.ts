import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { awsCode } from '../core/aws-code.ts';
import { RotationError } from '../core/errors.ts';
import type { Callbacks } from '../core/step.ts';

/** A state that waits no longer has its answer already, or was given up: there is nobody left to tell. */
const OVER = ['TaskTimedOut', 'TaskDoesNotExist'];

/** Answers a waiting state of Step Functions. @throws Unavailable where it does not answer */
export function stepCallbacks(sfn: SFNClient): Callbacks {
  return {
    succeed: async (taskToken, output) => {
      try {
        await sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
      } catch (error) {
        const code = awsCode(error);
        if (!OVER.includes(code)) throw new RotationError('Unavailable', { subject: 'Step Functions', code });
      }
    },
  };
}

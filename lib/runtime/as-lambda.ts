import type { Step } from '../core/step.ts';
import { type Handler, makeHandler } from './handler.ts';
import { lambdaHost } from './lambda-host.ts';

/** A step as Lambda calls it. Its host is made at the first call, so that loading the module does nothing. */
export function asLambda(step: Step): Handler {
  let handler: Handler | undefined;
  return async (payload) => {
    handler ??= makeHandler(step, lambdaHost(process.env));
    return handler(payload);
  };
}

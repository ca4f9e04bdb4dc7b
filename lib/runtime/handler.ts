import { errorCode, isRotationError, RotationError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import type { Step } from '../core/step.ts';
import type { HostServices } from './host-services.ts';
import { stepDeps } from './step-deps.ts';

export type Handler = (payload: unknown) => Promise<unknown>;

/** A step as its host calls it: parse, run, parse, name the error, log. Nothing foreign leaves it. */
export function makeHandler(step: Step, host: HostServices): Handler {
  return async (payload) => {
    const { deps, scrubber, close } = stepDeps(host);
    const started = deps.clock.now();
    try {
      const result = await step.run(deps, payload);
      deps.log.info('step done', { step: step.name, durationMs: deps.clock.now() - started });
      return result;
    } catch (error) {
      const named = nameError(error, step.name);
      const shown = new RotationErrorText(named, scrubber.scrub(named.message));
      logFailure(deps.log, step.name, named, error);
      throw shown;
    } finally {
      await close();
    }
  };
}

/** What a host reports: the name for the flow, and a message from which every live value is taken out once more. */
class RotationErrorText extends Error {
  override readonly name: string;

  constructor({ name }: RotationError, message: string) {
    super(message);
    this.name = name;
    this.stack = `${name}: ${message}`;
  }
}

function nameError(error: unknown, step: string): RotationError {
  if (isRotationError(error)) return error;
  const code = errorCode(error);
  return new RotationError('InternalError', { subject: `step ${step}`, ...(code !== undefined && { code }) });
}

/** Of a foreign error only its class, code and place are told: its message may hold anything. */
function logFailure(log: Log, step: string, named: RotationError, error: unknown): void {
  const place =
    error instanceof Error && !isRotationError(error) ? { why: `${error.constructor.name} ${placeOf(error)}` } : {};
  log.warn('step failed', { step, error: named.name, ...(named.code !== undefined && { code: named.code }), ...place });
}

function placeOf(error: Error): string {
  const frame = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return /([\w.-]+:\d+):\d+\)?$/.exec(frame)?.[1] ?? 'somewhere';
}

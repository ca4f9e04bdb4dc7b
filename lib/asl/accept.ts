import { type Data, receive } from './data.ts';
import { EngineError } from './errors.ts';
import type { Json } from './json.ts';

const NAME = /^[\w.+!@()='-]{1,80}$/;

/** The input of a start, when name and input are allowed. */
export function acceptStart(name: string, input: Json): Data {
  if (!NAME.test(name)) {
    throw new EngineError(
      'InvalidName',
      `an execution name has 1 to 80 letters, digits or .+!@()='-_, not ${JSON.stringify(name)}`,
    );
  }
  return accept(input, 'InvalidExecutionInput');
}

/** A value from outside, when it is JSON of a size that is allowed. */
export function accept(value: Json, refusal: 'InvalidExecutionInput' | 'InvalidOutput'): Data {
  const data = received(value, refusal);
  if (data.exceedsLimit()) throw new EngineError(refusal, 'the value is above 256 KiB, or nests deeper than 1,000');
  return data;
}

function received(value: Json, refusal: 'InvalidExecutionInput' | 'InvalidOutput'): Data {
  try {
    return receive(value);
  } catch (error) {
    throw new EngineError(refusal, `the value is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

import { userInfo } from 'node:os';
import type { Config } from '../core/config.ts';
import { RotationError } from '../core/errors.ts';
import { holdsSignature, readOperatorKey, type Statement, signStatement } from './operators.ts';

/** Who says they act, and with what they prove it. */
export interface Claim {
  /** Name of an operator in keyturn.yaml; the operating system's user when absent. */
  readonly as?: string | undefined;
  /** File of that operator's private key. */
  readonly keyFile?: string | undefined;
}

export interface Person {
  readonly name: string;
  readonly proof: 'signed' | 'os-user';
}

/**
 * Who acts. A name of keyturn.yaml counts only with a signature by its key, so that nobody acts in another's name.
 *
 * @throws AccessDenied for a registered name without its key, or a name that nobody registered
 */
export function identify(claim: Claim, statement: Statement, config: Config): Person {
  const name = claim.as ?? userInfo().username;
  const operator = Object.hasOwn(config.operators, name) ? config.operators[name] : undefined;
  const refuse = (detail: string) => new RotationError('AccessDenied', { subject: `operator ${name}`, detail });
  if (operator === undefined) {
    if (claim.as !== undefined) throw refuse('keyturn.yaml has no such operator');
    return { name, proof: 'os-user' };
  }
  if (claim.keyFile === undefined) throw refuse('give the key of this operator with --key');
  const signature = signStatement(statement, readOperatorKey(claim.keyFile));
  if (!holdsSignature(statement, signature, operator.publicKey))
    throw refuse('this is not the key that keyturn.yaml names');
  return { name, proof: 'signed' };
}

import { RotationError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

/** A login in clear: for the moment of its use. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The two fields of a credential; other fields, such as a host, are not looked at. @throws InputInvalid when one is missing */
export function loginOf(value: Secret, subject: string): Login {
  const [username, password] = [value.field('username'), value.field('password')];
  if (username && password) return { username, password };
  throw new RotationError('InputInvalid', { subject, detail: 'expected the fields username and password' });
}

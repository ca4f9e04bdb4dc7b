import { RotationError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

/** The fields of every value that an issuer knows. */
export const ISSUED_FIELDS = ['id', 'token'] as const;

const ID = /^(?!\.+$)[A-Za-z0-9._~:@-]{1,200}$/;

/** By what the issuer knows a credential; it stands in paths and in reasons. @throws InputInvalid */
export function idOf(value: Secret): string {
  const id = value.field('id') ?? '';
  if (ID.test(id)) return id;
  throw new RotationError('InputInvalid', {
    subject: "the field id of an issuer's credential",
    detail: 'expected 1 to 200 letters, digits and . _ ~ : @ -',
  });
}

/** A credential as an issuer gives it. @throws InputInvalid */
export function tokenOf(value: Secret): string {
  const token = value.field('token') ?? '';
  if (token !== '') return token;
  throw new RotationError('InputInvalid', { subject: "an issuer's credential", detail: 'expected the field token' });
}

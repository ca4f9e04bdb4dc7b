import { z } from 'zod';
import { type ErrorName, RotationError } from '../../core/errors.ts';
import type { VaultReply } from './transport.ts';

const errorBody = z.object({ errors: z.array(z.string()) });

interface Row {
  readonly says: RegExp;
  readonly name: ErrorName;
  readonly detail: string;
}

/** What an engine says when it does not sign, and what that means; its own words are never repeated. */
const ROWS: readonly Row[] = [
  {
    says: /user_id .* not allowed/,
    name: 'ConfigInvalid',
    detail: 'its role must allow the name that Keyturn gives each certificate: set allowed_user_ids to keyturn-*',
  },
  { says: /unknown role/, name: 'ConfigInvalid', detail: 'there is no such role' },
  {
    says: /beyond the expiration of the CA/,
    name: 'ConfigInvalid',
    detail: 'its authority expires before the certificate would: give it a successor',
  },
  { says: /no handler for route/, name: 'ConfigInvalid', detail: 'no PKI engine is there' },
  { says: /requires keys of/, name: 'ValueRefused', detail: 'its role does not take keys of this type' },
  { says: /not allowed/, name: 'ValueRefused', detail: 'its role does not allow one of the names' },
];

const OTHERWISE = { name: 'ValueRefused', detail: 'its role refuses the request' } as const;

export function pkiRefusal(subject: string, { status, body }: VaultReply): RotationError {
  const words = errorBody.safeParse(body).data?.errors.join('\n') ?? '';
  const { name, detail } = ROWS.find(({ says }) => says.test(words)) ?? OTHERWISE;
  return new RotationError(name, { subject, detail, code: `http-${status}` });
}

import { z } from 'zod';
import { awsCode } from '../../core/aws-code.ts';
import { type ErrorName, errorCode, isRotationError, RotationError } from '../../core/errors.ts';

/** What was asked of AWS. */
export interface AwsCall {
  /** As IAM writes it, e.g. `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** On what, without any value. */
  readonly target: string;
  /** Whether it may have had an effect although nothing came back. */
  readonly isChange: boolean;
}

const NAMES: Readonly<Record<string, ErrorName>> = {
  AccessDenied: 'AccessDenied',
  AccessDeniedException: 'AccessDenied',
  CredentialsProviderError: 'AccessDenied',
  DecryptionFailure: 'AccessDenied',
  EncryptionFailure: 'AccessDenied',
  ExpiredToken: 'AccessDenied',
  ExpiredTokenException: 'AccessDenied',
  IncompleteSignatureException: 'AccessDenied',
  InvalidClientTokenId: 'AccessDenied',
  InvalidKeyId: 'AccessDenied',
  InvalidSignatureException: 'AccessDenied',
  MissingAuthenticationTokenException: 'AccessDenied',
  NotAuthorized: 'AccessDenied',
  SignatureDoesNotMatch: 'AccessDenied',
  TokenProviderError: 'AccessDenied',
  UnrecognizedClientException: 'AccessDenied',
  LimitExceededException: 'Throttled',
  ProvisionedThroughputExceededException: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  ThrottledException: 'Throttled',
  Throttling: 'Throttled',
  ThrottlingException: 'Throttled',
  TooManyRequestsException: 'Throttled',
  TooManyUpdates: 'Throttled',
};

const told = z.object({
  $metadata: z.object({ httpStatusCode: z.number().optional(), attempts: z.number().default(1) }).partial(),
});

/** Codes of failures before the request has left. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|E(HOST|NET)UNREACH|CERT_\w+|ERR_TLS_\w+|UNABLE_\w+)$/;

/** The error for a call that the SDK gave up. Of what AWS says only the name of its error is kept. */
export function awsFailure(error: unknown, call: AwsCall): RotationError {
  if (isRotationError(error)) return error;
  const code = errorCode(error) ?? awsCode(error);
  return new RotationError(NAMES[code] ?? nameByWay(error, code, call), { subject: subjectOf(call), code });
}

export const subjectOf = ({ action, target }: AwsCall): string => `${action} on ${target}`;

/** By how far it came: refused as wrong, broken inside, or never answered. */
function nameByWay(error: unknown, code: string, { isChange }: AwsCall): ErrorName {
  const { httpStatusCode: status, attempts = 1 } = told.safeParse(error).data?.$metadata ?? {};
  if (status !== undefined && status >= 400 && status < 500) return 'ConfigInvalid';
  const neverSent = NOT_SENT.test(code) && attempts === 1;
  return isChange && !neverSent ? 'OutcomeUnknown' : 'Unavailable';
}

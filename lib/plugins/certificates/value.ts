import type { X509Certificate } from 'node:crypto';
import { isRotationError, RotationError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import { chainProblem } from './chain.ts';
import { certificateIn, certificatesIn, pemOf, privateKeyIn } from './pem.ts';

export const CERTIFICATE_FIELDS = ['certificate', 'chain', 'private_key', 'ca_bundle'] as const;

/** A value of the type, read. */
export interface CertificateValue {
  readonly leaf: X509Certificate;
  /** What a server presents after the leaf. */
  readonly intermediates: readonly X509Certificate[];
  readonly privateKey: string;
  /** Whom clients trust. */
  readonly authorities: readonly X509Certificate[];
}

/** @throws ValueCorrupt */
export function readValue(value: Secret): CertificateValue {
  const field = (name: (typeof CERTIFICATE_FIELDS)[number]) => value.field(name) ?? '';
  const leaf = certificateIn(field('certificate'), 'field certificate');
  const [first, ...intermediates] = certificatesIn(field('chain'), 'field chain');
  if (first?.fingerprint256 !== leaf.fingerprint256)
    throw new RotationError('ValueCorrupt', {
      subject: 'field chain',
      detail: 'its first certificate is not the one of field certificate',
    });
  if (!leaf.checkPrivateKey(privateKeyIn(field('private_key'), 'field private_key')))
    throw new RotationError('ValueCorrupt', {
      subject: 'field private_key',
      detail: 'it is not the key of the certificate',
    });
  return {
    leaf,
    intermediates,
    privateKey: field('private_key'),
    authorities: certificatesIn(field('ca_bundle'), 'field ca_bundle'),
  };
}

/** `chain` is what a server presents: the certificate and what signed it, without the root. */
export const secretOf = ({ leaf, intermediates, privateKey, authorities }: CertificateValue): Secret =>
  Secret.of({
    certificate: pemOf(leaf),
    chain: [leaf, ...intermediates].map(pemOf).join(''),
    private_key: privateKey,
    ca_bundle: authorities.map(pemOf).join(''),
  });

/** Why a value is none of the type, in words without it. Times are not looked at: an expired one can be renewed. */
export function valueProblem(value: Secret): string | undefined {
  try {
    const problem = chainProblem(readValue(value));
    return problem && `its chain does not lead to its bundle: ${problem}`;
  } catch (error) {
    if (isRotationError(error, 'ValueCorrupt')) return error.message;
    throw error;
  }
}

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { RotationError } from '../../core/errors.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates in a text, in their order. @throws ValueCorrupt for one that does not parse */
export function certificatesIn(pem: string, subject: string): X509Certificate[] {
  return (pem.match(BLOCK) ?? []).map((block) => parsed(() => new X509Certificate(block), subject, 'a certificate'));
}

/** The first certificate in a text. @throws ValueCorrupt where there is none */
export function certificateIn(pem: string, subject: string): X509Certificate {
  const [first] = certificatesIn(pem, subject);
  if (first !== undefined) return first;
  throw new RotationError('ValueCorrupt', { subject, detail: 'it holds no certificate in PEM' });
}

/** @throws ValueCorrupt */
export const privateKeyIn = (pem: string, subject: string): KeyObject =>
  parsed(() => createPrivateKey(pem), subject, 'a private key in PEM without a passphrase');

/** Nothing of the text is repeated: it may be a key. */
function parsed<Found>(parse: () => Found, subject: string, what: string): Found {
  try {
    return parse();
  } catch {
    throw new RotationError('ValueCorrupt', { subject, detail: `it does not hold ${what}` });
  }
}

/** One block with a line break at its end, so that texts can be joined. */
export const pemOf = (certificate: X509Certificate): string => certificate.toString();

/** Lower-case hex, two digits a byte. */
export const serialOf = ({ serialNumber }: X509Certificate): string => {
  const digits = serialNumber.toLowerCase();
  return digits.length % 2 === 0 ? digits : `0${digits}`;
};

/** The certificates of all texts, each once. */
export function joined(...lists: readonly (readonly X509Certificate[])[]): X509Certificate[] {
  return [...new Map(lists.flat().map((one) => [one.fingerprint256, one])).values()];
}

export const isSame = (one: X509Certificate, two: X509Certificate): boolean =>
  one.fingerprint256 === two.fingerprint256;

/** Whether two lists hold the same certificates, in any order. */
export const holdSame = (one: readonly X509Certificate[], two: readonly X509Certificate[]): boolean =>
  joined(one).length === joined(two).length && joined(one, two).length === joined(one).length;

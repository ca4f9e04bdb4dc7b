import { createHash } from 'node:crypto';
import { showDuration } from '../../core/duration.ts';
import { RotationError } from '../../core/errors.ts';
import type { SigningRequest } from '../../core/issuer-ports.ts';
import { generalName } from '../certificates/certificate-request.ts';
import { endOf, nameOf } from '../certificates/chain.ts';
import { signingOf } from '../certificates/key-types.ts';
import { x509 } from '../certificates/x509.ts';
import { type Authority, signingKey } from './authority.ts';
import type { LocalCaSettings } from './settings.ts';

/** Others' clocks may be behind this one by so much. */
const BACKDATED_MS = 300_000;

/**
 * The serial of a request: that of its name and its key, so that signing the same one again makes no second certificate
 * that would have to be revoked by itself. 16 bytes, positive.
 */
export async function serialFor({ name, csr }: SigningRequest): Promise<string> {
  const { Pkcs10CertificateRequest } = await x509();
  const key = Buffer.from(new Pkcs10CertificateRequest(csr).publicKey.rawData);
  const digest = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 16);
  digest[0] = ((digest[0] ?? 0) & 0x3f) | 0x40;
  return digest.toString('hex');
}

/** @returns PEM */
export async function signRequest(
  authority: Authority,
  request: SigningRequest,
  { crlUrl }: Pick<LocalCaSettings, 'crlUrl'>,
  now: number,
): Promise<string> {
  const library = await x509();
  const { ExtendedKeyUsage, KeyUsageFlags } = library;
  const csr = new library.Pkcs10CertificateRequest(request.csr);
  const key = await signingKey(authority);
  const issuer = new library.X509Certificate(authority.certificate.raw);
  const certificate = await library.X509CertificateGenerator.create({
    serialNumber: await serialFor(request),
    issuer: issuer.subjectName,
    subject: [{ CN: [request.commonName] }],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(request.notAfter),
    publicKey: csr.publicKey,
    signingKey: key,
    signingAlgorithm: signingOf(key.algorithm.name),
    extensions: [
      new library.BasicConstraintsExtension(false, undefined, true),
      new library.KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new library.ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new library.SubjectAlternativeNameExtension(request.sans.map(generalName)),
      await library.SubjectKeyIdentifierExtension.create(csr.publicKey),
      await library.AuthorityKeyIdentifierExtension.create(issuer),
      ...(crlUrl === undefined ? [] : [new library.CRLDistributionPointsExtension([crlUrl])]),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** @throws ValueRefused for a name or a life that the settings do not allow; ConfigInvalid when the authority ends too early */
export function refuseForbidden(
  request: SigningRequest,
  settings: LocalCaSettings,
  { certificate }: Authority,
  now: number,
): void {
  const subject = `local-ca "${nameOf(certificate)}"`;
  const forbidden = [request.commonName, ...request.sans].find((name) => !isAllowed(name, settings.names));
  if (forbidden !== undefined)
    throw new RotationError('ValueRefused', { subject, detail: `it may not sign for ${forbidden}` });
  const { maxLife } = settings;
  if (maxLife !== undefined && request.notAfter - now > maxLife * 1000)
    throw new RotationError('ValueRefused', { subject, detail: `it signs for ${showDuration(maxLife)} at most` });
  const end = endOf(certificate);
  if (end < request.notAfter)
    throw new RotationError('ConfigInvalid', {
      subject,
      detail: `it ${end < now ? 'expired' : 'expires'} at ${iso(end)}, before a certificate until ${iso(request.notAfter)} would: give it a successor`,
    });
}

const iso = (at: number) => new Date(at).toISOString();

const isAllowed = (name: string, names: LocalCaSettings['names']) =>
  names === undefined || names.some((allowed) => (allowed.startsWith('.') ? name.endsWith(allowed) : name === allowed));

import { RotationError } from '../../core/errors.ts';
import { type CertificateIssuerClient, issuedName } from '../../core/issuer-ports.ts';
import type { GenerateRequest, PluginDeps } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { makeRequest } from './certificate-request.ts';
import { chainProblem, endOf, isSelfSigned, isSignedBy, nameOf } from './chain.ts';
import { isLocalName } from './names.ts';
import { certificateIn, certificatesIn, holdSame, isSame, joined } from './pem.ts';
import { type CertificateTarget, lifeOf, sansOf } from './target.ts';
import { type CertificateValue, readValue, secretOf } from './value.ts';

export interface Making {
  readonly target: CertificateTarget;
  readonly issuer: CertificateIssuerClient;
  readonly deps: Pick<PluginDeps, 'clock' | 'log'>;
}

type Make = (making: Making, request: GenerateRequest) => Promise<Secret | undefined>;

/** The current value with the issuer's authorities in its bundle; undefined when they are there already. */
export const publish: Make = async ({ issuer }, { current }) => {
  const value = readValue(current);
  const authorities = joined(value.authorities, await authoritiesOf(issuer));
  return holdSame(authorities, value.authorities) ? undefined : secretOf({ ...value, authorities });
};

/** A new key and its certificate, proven by what is in the bundle before anybody hears of it. */
export const switchTo: Make = async (making, { current, version }) => {
  const { target, issuer, deps } = making;
  const sans = sansOf(target);
  warnOfLocalNames(sans, deps);
  const { privateKey, csr } = await makeRequest(target.keyType, target.commonName, sans);
  const now = deps.clock.now();
  const notAfter = now + lifeOf(target, now) * 1000;
  const signed = await issuer.sign({ name: issuedName(version), csr, commonName: target.commonName, sans, notAfter });
  const made: CertificateValue = {
    leaf: certificateIn(signed.certificate, 'the certificate from its issuer'),
    intermediates: certificatesIn(signed.chain.join('\n'), 'the chain from its issuer'),
    privateKey,
    authorities: readValue(current).authorities,
  };
  const ends = await authoritiesOf(issuer);
  const trusted = made.authorities.filter((authority) => ends.some((end) => isSame(authority, end)));
  refuseUnsound({ ...made, authorities: trusted }, target, { now, notAfter });
  const value = secretOf(made);
  readValue(value);
  return value;
};

/** Without the authorities that no chain of the issuer ends at; undefined when there are none. */
export const prune: Make = async ({ issuer }, { current }) => {
  const value = readValue(current);
  const authorities = await authoritiesOf(issuer);
  const problem = chainProblem({ ...value, authorities });
  // The issuer has other authorities than at the switch: nobody could verify the certificate in use any more.
  if (problem !== undefined) return undefined;
  return holdSame(authorities, value.authorities) ? undefined : secretOf({ ...value, authorities });
};

const authoritiesOf = async (issuer: CertificateIssuerClient) => {
  const found = joined(certificatesIn(await issuer.authorities(), 'the authorities of the issuer'));
  if (found.length > 0) return found;
  throw new RotationError('ConfigInvalid', {
    subject: 'the issuer',
    detail: 'it names no root that its chains end at',
  });
};

/** A shorter life than declared would end before it is due. */
const TOLERANCE_MS = 60_000;

/** @throws ConfigInvalid: what the issuer signed is not what was asked for, or nobody would trust it */
function refuseUnsound(
  made: CertificateValue,
  target: CertificateTarget,
  { now, notAfter }: { now: number; notAfter: number },
) {
  const detail = unsoundness(made, target, now, notAfter);
  if (detail === undefined) return;
  throw new RotationError('ConfigInvalid', {
    subject: `the certificate of ${target.commonName} from its issuer`,
    detail,
  });
}

function unsoundness(
  made: CertificateValue,
  target: CertificateTarget,
  now: number,
  notAfter: number,
): string | undefined {
  const { leaf, authorities } = made;
  const problem = chainProblem(made, now);
  if (problem !== undefined) return `its chain does not lead to an authority of the bundle: ${problem}`;
  const root = authorities.find((authority) => isSignedBy(leaf, authority) && isSelfSigned(authority));
  if (root !== undefined && !target.fromRoot)
    return `the root "${nameOf(root)}" signed it itself: use an intermediate, or declare fromRoot: true`;
  const missing = sansOf(target).find((name) => !bears(leaf, name));
  if (missing !== undefined) return `it does not bear the name ${missing}`;
  const end = endOf(leaf);
  if (end < notAfter - TOLERANCE_MS)
    return `it ends at ${new Date(end).toISOString()}, asked for was ${new Date(notAfter).toISOString()}`;
  return undefined;
}

/** Names are compared as they stand, a `*` too. */
function bears({ subjectAltName = '' }: CertificateValue['leaf'], name: string): boolean {
  const borne = subjectAltName.split(', ').map((entry) => entry.replace(/^(DNS|IP Address):/, '').toLowerCase());
  return borne.includes(name) || borne.some((entry) => sameAddress(entry, name));
}

const sameAddress = (one: string, two: string) =>
  URL.canParse(`http://[${one}]`) &&
  URL.canParse(`http://[${two}]`) &&
  new URL(`http://[${one}]`).host === new URL(`http://[${two}]`).host;

function warnOfLocalNames(sans: readonly string[], { log }: Making['deps']): void {
  const local = sans.filter(isLocalName);
  if (local.length > 0) log.warn(`a certificate for ${local.join(', ')} is good on every machine`);
}

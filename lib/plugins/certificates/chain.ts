import type { X509Certificate } from 'node:crypto';

export interface Chain {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  /** Whom the verifying side trusts. */
  readonly authorities: readonly X509Certificate[];
}

const MOST_LINKS = 8;

/**
 * Why a chain does not hold, in words; undefined when it leads from the leaf to an authority.
 *
 * @param at - epoch ms at which every link must be valid; absent when times do not matter
 */
export function chainProblem({ leaf, intermediates, authorities }: Chain, at?: number): string | undefined {
  let link = leaf;
  for (let length = 0; length < MOST_LINKS; length += 1) {
    const untimely = at === undefined ? undefined : timeProblem(link, at);
    if (untimely !== undefined) return untimely;
    const authority = authorities.find((candidate) => isSignedBy(link, candidate));
    if (authority !== undefined) return at === undefined ? undefined : timeProblem(authority, at);
    const next = intermediates.find((candidate) => isSignedBy(link, candidate));
    if (next === undefined) return `nothing that is trusted has signed "${nameOf(link)}"`;
    link = next;
  }
  return `it is longer than ${MOST_LINKS} links`;
}

export const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

export const isSelfSigned = (certificate: X509Certificate): boolean => isSignedBy(certificate, certificate);

/** Epoch ms. */
export const startOf = (certificate: X509Certificate): number => Date.parse(certificate.validFrom);
export const endOf = (certificate: X509Certificate): number => Date.parse(certificate.validTo);

function timeProblem(certificate: X509Certificate, at: number): string | undefined {
  if (at < startOf(certificate))
    return `"${nameOf(certificate)}" is valid only from ${iso(startOf(certificate))}: do the clocks differ?`;
  if (at > endOf(certificate)) return `"${nameOf(certificate)}" expired at ${iso(endOf(certificate))}`;
  return undefined;
}

/** What a certificate calls itself, on one line and short: it may come from anybody. */
export const nameOf = ({ subject }: X509Certificate): string =>
  (subject ?? '').replaceAll(/[^\w .=*,@:-]+/g, ' ').slice(0, 120);

const iso = (at: number) => new Date(at).toISOString();

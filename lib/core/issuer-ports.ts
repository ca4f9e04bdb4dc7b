import { z } from 'zod';
import type { Answer, Change } from './ports.ts';
import type { Secret } from './secret.ts';

/**
 * Who makes and revokes credentials that no target takes from outside: an API's keys, a service's tokens, certificates.
 * A secret type names one under `issuer:` of its target, and opens it through its dependencies.
 */

/** What stands under `issuer:`; its own keys are checked by the schema of the issuer that it names. */
export const issuerUse = z.looseObject({ use: z.string() });
export type IssuerUse = z.output<typeof issuerUse>;

const issuedTarget = z.looseObject({ issuer: issuerUse });

/** The issuer that a target names, if it names one. */
export function issuerIn(target: unknown): IssuerUse | undefined {
  return issuedTarget.safeParse(target).data?.issuer;
}

/** The name that a credential bears at its issuer: that of the version which it is, so that one whose reply was lost is found again. */
export const issuedName = (version: string): string => `keyturn-${version}`;

/** When a credential was used last: `gone` with its credential, `unknown` where the issuer does not tell. */
export type LastUse =
  | 'gone'
  | 'unknown'
  | {
      /** Epoch ms; absent when it was never used. */
      readonly at?: number;
      /** Milliseconds by which a use may show late. */
      readonly lag: number;
    };

/** A key that was made here: the issuer is told how to know it, and never sees it. */
export interface Registration {
  readonly name: string;
  readonly id: string;
  /** SHA-256 of the token, 64 hex digits. */
  readonly hash: string;
}

/** Issues tokens. Its calls need its own login, which its configuration refers to; `probe` alone uses the token. */
export interface IssuerClient {
  /**
   * Makes a credential of this name and gives its fields `id`, by which the issuer knows it and which is no secret, and
   * `token`. It shows the token this once: a caller withdraws the name first, as an earlier reply may have been lost.
   *
   * @throws OutcomeUnknown when one may have been made, ValueAwaited where a person makes it
   */
  issue(name: string): Promise<Secret>;
  /** Has the issuer accept a key that was made here; of one that takes only such keys, `issue` is `ConfigInvalid`. */
  register?(key: Registration): Promise<Change>;
  /** Revokes every credential of this name but the one with the id `except`. */
  withdraw(name: string, except?: string): Promise<Change>;
  /** Revokes one; an id that is not there is `not-applied`. */
  revoke(id: string): Promise<Change>;
  lastUsed(id: string): Promise<LastUse>;
  /** Uses a credential. A refused login is `refused`, one that cannot be tried `untested`; all else throws. */
  probe(credential: Secret): Promise<Answer>;
}

export interface SigningRequest {
  /** By which the issuer finds the certificate again when its reply was lost. */
  readonly name: string;
  /** PEM. */
  readonly csr: string;
  readonly commonName: string;
  /** DNS names and IP addresses. */
  readonly sans: readonly string[];
  /** Epoch ms. */
  readonly notAfter: number;
}

export interface SignedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM each, from the one that signed the certificate towards the root, which is not part of it. */
  readonly chain: readonly string[];
}

/** What an issuer says of a certificate; `unknown` for one that it has not signed, or no longer remembers. */
export type Standing = 'valid' | 'revoked' | 'unknown';

/** Signs certificates for keys that it never sees. Certificates are PEM. */
export interface CertificateIssuerClient {
  /**
   * Signing the same request again may give a second certificate of the name: the caller withdraws all but the one it keeps.
   *
   * @throws ValueRefused when the issuer's own policy refuses the request, OutcomeUnknown
   */
  sign(request: SigningRequest): Promise<SignedCertificate>;
  /** `revoked` once the list that clients read says so. */
  standing(certificate: string): Promise<Standing>;
  /** One that is revoked already, or unknown, is `not-applied`. */
  revoke(certificate: string): Promise<Change>;
  /** Revokes every certificate of this name but `except`. */
  withdraw(name: string, except?: string): Promise<Change>;
  /** The certificates that its chains end at, PEM, one after another. */
  authorities(): Promise<string>;
}

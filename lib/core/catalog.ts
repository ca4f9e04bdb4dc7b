import type { BackendPlugin } from './grants.ts';
import type { CertificateIssuerClient, IssuerClient } from './issuer-ports.ts';
import type { NotifierClient } from './notices.ts';
import type { Plugin, PropagatorClient, RestarterClient, SecretTypePlugin, VerifierClient } from './ports.ts';

/** The registries side by side: what a configuration may name and what a step may open. */
export interface Catalog {
  readonly secretTypes: readonly SecretTypePlugin[];
  readonly issuers: readonly Plugin<IssuerClient>[];
  readonly certificateIssuers: readonly Plugin<CertificateIssuerClient>[];
  readonly backends: readonly BackendPlugin[];
  readonly propagators: readonly Plugin<PropagatorClient>[];
  readonly restarters: readonly Plugin<RestarterClient>[];
  readonly verifiers: readonly Plugin<VerifierClient>[];
  readonly notifiers: readonly Plugin<NotifierClient>[];
}

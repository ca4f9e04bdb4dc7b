import type { CertificateIssuerClient, IssuerClient } from '../../core/issuer-ports.ts';
import type { Plugin } from '../../core/ports.ts';
import { grafana } from './grafana.ts';
import { http } from './http.ts';
import { localCa } from './local-ca.ts';
import { manual } from './manual.ts';
import { vaultPki } from './vault-pki.ts';
import { vaultToken } from './vault-token.ts';

/** Every issuer of tokens that comes with Keyturn; a name in it is the `use` of an `issuer:`. */
export const issuers: readonly Plugin<IssuerClient>[] = [grafana, http, manual, vaultToken];

/** Every issuer of certificates likewise. */
export const certificateIssuers: readonly Plugin<CertificateIssuerClient>[] = [localCa, vaultPki];

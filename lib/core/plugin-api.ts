/** What a plugin from outside imports as `keyturn/plugin`. */
export { ERRORS, type ErrorName, errorCode, isRotationError, RotationError } from './errors.ts';
export {
  type CertificateIssuerClient,
  type IssuerClient,
  issuedName,
  issuerUse,
  type LastUse,
  type Registration,
} from './issuer-ports.ts';
export type * from './notices.ts';
export { definePlugin, defineSecretType } from './plugin.ts';
export type * from './ports.ts';
export { secretReference } from './references.ts';
export { type Fields, Secret } from './secret.ts';
export { renderTemplate } from './template.ts';

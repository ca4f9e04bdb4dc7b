/** What the ledger on AWS does with keys that never leave KMS. */
export interface LedgerKeys {
  /** HMAC-SHA-256, 64 hex digits. */
  fingerprint(canonicalValue: string): Promise<string>;
  seal(token: string): Promise<string>;
  /** @throws ValueCorrupt for anything that `seal` did not return */
  unseal(sealed: string): Promise<string>;
  /** Base64. */
  sign(text: string): Promise<string>;
  verify(text: string, signature: string): Promise<boolean>;
  /** Names the signing key: 16 hex digits. */
  auditKeyId(): Promise<string>;
}

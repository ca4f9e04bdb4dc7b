import type { RoleRequest } from '../../core/role-request.ts';

/** Undefined for AWS's own key, which needs no permission, and for an alias, which IAM cannot name: there the key's policy allows it. */
export function kmsKeyArn(
  keyId: string | undefined,
  region: string,
  { partition, account }: RoleRequest,
): string | undefined {
  if (keyId === undefined || /(^|:)alias\//.test(keyId)) return undefined;
  return keyId.startsWith('arn:') ? keyId : `arn:${partition}:kms:${region}:${account}:key/${keyId}`;
}

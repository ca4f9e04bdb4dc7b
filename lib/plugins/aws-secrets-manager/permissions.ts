import type { Permission } from '../../core/ports.ts';
import type { BackendOperation, RoleRequest, Touch } from '../../core/role-request.ts';
import { kmsKeyArn } from '../aws/kms-key-arn.ts';
import { nameOf } from './entry.ts';
import type { SecretsManagerSettings } from './settings.ts';

const LOOK = ['DescribeSecret'];
const READ = ['DescribeSecret', 'GetSecretValue'];
const CHANGE = [...READ, 'ListSecretVersionIds', 'PutSecretValue', 'TagResource', 'UpdateSecretVersionStage'];

/**
 * What each operation needs of the service. Creating a secret is in none: a first value is stored by a person, with
 * `keyturn put`.
 */
const NEEDS: Readonly<Record<BackendOperation, readonly string[]>> = {
  versions: LOOK,
  read: READ,
  stage: [...READ, 'ListSecretVersionIds', 'PutSecretValue'],
  promote: CHANGE,
  demote: CHANGE,
  discard: [...READ, 'UpdateSecretVersionStage'],
};

/** What KMS is asked for in our name, through Secrets Manager. */
const KEY_NEEDS: Readonly<Record<string, string>> = {
  GetSecretValue: 'kms:Decrypt',
  PutSecretValue: 'kms:GenerateDataKey',
};

/** The actions of a role, on the secrets that it works on and on no others. */
export function permissionsOf(settings: SecretsManagerSettings, role: RoleRequest): readonly Permission[] {
  const key = kmsKeyArn(settings.kmsKeyId, settings.region, role);
  return role.touches.flatMap((touch) => {
    const needs = needsOf(touch);
    if (needs.length === 0) return [];
    const keyActions = needs.flatMap((need) => KEY_NEEDS[need] ?? []);
    return [
      { actions: needs.map(action), resources: [secretArn(settings, role, settings.region, touch)] },
      ...replicaPermissions(settings, role, touch),
      ...(key === undefined || keyActions.length === 0 ? [] : [{ actions: keyActions, resources: [key] }]),
    ];
  });
}

const needsOf = ({ operations }: Touch): string[] =>
  [...new Set(operations.flatMap((operation) => NEEDS[operation]))].sort();

const action = (need: string): string => `secretsmanager:${need}`;

/** Whoever changes places asks every replica whether it has followed. */
function replicaPermissions(settings: SecretsManagerSettings, role: RoleRequest, touch: Touch): Permission[] {
  if (!touch.operations.some((operation) => operation === 'promote' || operation === 'demote')) return [];
  return settings.replicas.map((region) => ({
    actions: LOOK.map(action),
    resources: [secretArn(settings, role, region, touch)],
  }));
}

/** AWS ends the ARN of a secret with six characters of its own. */
const secretArn = (
  { prefix }: SecretsManagerSettings,
  { partition, account }: RoleRequest,
  region: string,
  { ref }: Touch,
): string => `arn:${partition}:secretsmanager:${region}:${account}:secret:${nameOf(ref, prefix)}-??????`;

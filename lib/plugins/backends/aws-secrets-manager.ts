import { definePlugin } from '../../core/plugin.ts';
import type { BackendClient, PluginDeps, SecretRef } from '../../core/ports.ts';
import type { Fields, Secret } from '../../core/secret.ts';
import { toStored } from '../../core/stored-fields.ts';
import { demoteVersion, promoteVersion } from '../aws-secrets-manager/current.ts';
import { type Entry, nameOf } from '../aws-secrets-manager/entry.ts';
import { readVersion, versionsOf } from '../aws-secrets-manager/look.ts';
import { discardVersion, stageVersion } from '../aws-secrets-manager/pending.ts';
import { permissionsOf } from '../aws-secrets-manager/permissions.ts';
import { type SecretsManagerSdk, secretsApi } from '../aws-secrets-manager/secrets-api.ts';
import { type SecretsManagerSettings, secretsManagerSettings } from '../aws-secrets-manager/settings.ts';
import { refuseUnstorable } from '../entries/entry-record.ts';

/**
 * Values in AWS Secrets Manager: one secret of JSON per path, in which several entries have their fields. Current and
 * previous change in one step, the move of AWSCURRENT from a version to the next; what lies beside an entry stays as it is.
 */
export const awsSecretsManager = definePlugin({
  name: 'aws-secrets-manager',
  summary: 'AWS Secrets Manager: one secret of JSON fields per path',
  config: secretsManagerSettings,
  capabilities: ['sibling-fields'],
  permissions: permissionsOf,
  create: async (settings, deps): Promise<BackendClient> => {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    return client(settings, sdk, deps);
  },
});

function client(settings: SecretsManagerSettings, sdk: SecretsManagerSdk, { clock }: PluginDeps): BackendClient {
  const api = secretsApi(sdk, settings);
  const replicas = settings.replicas.map((region) => secretsApi(sdk, { ...settings, region }));
  const at = (ref: SecretRef): Entry => ({ ref, name: nameOf(ref, settings.prefix), api, replicas, settings, clock });
  return {
    stage: async (ref, version, value) => stageVersion(at(ref), version, storable(ref, value)),
    read: async (ref, version) => readVersion(at(ref), version),
    promote: async (ref, version, expected) => promoteVersion(at(ref), version, expected),
    demote: async (ref, version, previous) => demoteVersion(at(ref), version, previous),
    discard: async (ref, version) => discardVersion(at(ref), version),
    versions: async (ref) => versionsOf(at(ref)),
    close: async () => {
      for (const each of [api, ...replicas]) each.close();
    },
  };
}

/** @throws InputInvalid */
function storable(ref: SecretRef, value: Secret): Fields {
  const values = toStored(ref, value);
  refuseUnstorable(ref, values);
  return values;
}

import { afterAll, beforeAll, describe } from 'vitest';
import { externalSecret } from '../../lib/plugins/propagators/external-secret.ts';
import { kubernetesSecret } from '../../lib/plugins/propagators/kubernetes-secret.ts';
import { kubernetesRollout } from '../../lib/plugins/restarters/kubernetes-rollout.ts';
import { secretAccidents } from '../contract/kubernetes-accidents.ts';
import {
  externalSecretHarness,
  kubernetesRolloutHarness,
  kubernetesSecretHarness,
} from '../contract/kubernetes-places.ts';
import { rolloutAccidents } from '../contract/kubernetes-rollouts.ts';
import { propagatorContract } from '../contract/propagator-contract.ts';
import { restarterContract } from '../contract/restarter-contract.ts';
import type { KubeApi } from '../support/kube-api.ts';
import { serveExternalSecrets, startKubernetes } from '../support/kube-server.ts';
import { missing } from '../support/peers.ts';

const why = missing('kubernetes');

describe.skipIf(why !== undefined)(`on the genuine API server ${why ?? ''}`, () => {
  let kube: KubeApi;
  beforeAll(async () => {
    kube = await startKubernetes();
    await serveExternalSecrets(kube);
    await kube.admin('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } });
  });
  afterAll(() => kube?.stop());

  describe('kubernetes-secret', () =>
    propagatorContract(
      kubernetesSecret,
      kubernetesSecretHarness(() => kube),
    ));
  describe('what befalls a Secret', () => secretAccidents(() => kube));
  describe('what befalls a rollout', () => rolloutAccidents(() => kube));
  describe('external-secret', () =>
    propagatorContract(
      externalSecret,
      externalSecretHarness(() => kube),
    ));
  describe.each(['deployment', 'statefulset', 'daemonset'] as const)('kubernetes-rollout of a %s', (kind) =>
    restarterContract(
      kubernetesRollout,
      kubernetesRolloutHarness(() => kube, kind),
    ),
  );
});

import { afterAll, beforeAll, describe } from 'vitest';
import { type FakeKube, startFakeKube } from '../support/fake-kube.ts';
import { secretAccidents } from './kubernetes-accidents.ts';
import { rolloutAccidents } from './kubernetes-rollouts.ts';

describe('on the fake API server', () => {
  let kube: FakeKube;
  beforeAll(async () => {
    kube = await startFakeKube();
  });
  afterAll(() => kube.stop());

  describe('what befalls a Secret', () => secretAccidents(() => kube));
  describe('what befalls a rollout', () => rolloutAccidents(() => kube));
});

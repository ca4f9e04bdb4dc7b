import { describe, expect, it } from 'vitest';
import { issuers } from '../../lib/plugins/issuers/index.ts';
import { appRoleWorld } from '../support/approle-world.ts';
import { FAKE_ROLE, startFakeAppRole } from '../support/fake-approle.ts';
import { grafanaWorld, keysWorld } from '../support/issuer-worlds.ts';
import { type IssuerHarness, issuerContract } from './issuer-contract.ts';

const HARNESSES: Readonly<Record<string, IssuerHarness>> = {
  http: { label: 'http, an API of keys', tellsLastUse: true, start: keysWorld },
  grafana: { label: 'grafana, its published API', tellsLastUse: true, start: grafanaWorld },
  'vault-token': {
    label: 'vault-token, on a fake server',
    tellsLastUse: false,
    start: async () => {
      const vault = await startFakeAppRole();
      return appRoleWorld({
        address: vault.origin,
        role: FAKE_ROLE,
        login: {},
        countOf: async (name) =>
          [...vault.secretIds.values()].filter(({ metadata }) => Object(metadata).name === name).length,
        close: vault.close,
      });
    },
  },
};

/** A person is no server: its cases are in manual-issuer.test.ts. */
const ELSEWHERE = ['manual'];

it('every issuer has a harness here', () => {
  expect(
    issuers.map(({ name }) => name).filter((name) => !Object.hasOwn(HARNESSES, name) && !ELSEWHERE.includes(name)),
  ).toEqual([]);
});

describe.each(Object.entries(HARNESSES))('issuer %s', (_name, harness) => issuerContract(harness));

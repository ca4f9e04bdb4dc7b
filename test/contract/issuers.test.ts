import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { issuers } from '../../lib/plugins/issuers/index.ts';
import { grafanaWorld, keysWorld } from '../support/issuer-worlds.ts';
import { type IssuerHarness, issuerContract } from './issuer-contract.ts';

const foreign = { credential: async () => Secret.of({ token: 'not the admin' }) };

const HARNESSES: Readonly<Record<string, IssuerHarness>> = {
  http: { label: 'http, an API of keys', tellsLastUse: true, denied: foreign, start: keysWorld },
  grafana: { label: 'grafana, its published API', tellsLastUse: true, denied: foreign, start: grafanaWorld },
};

it('every issuer has a harness here', () => {
  expect(issuers.map(({ name }) => name).filter((name) => !Object.hasOwn(HARNESSES, name))).toEqual([]);
});

describe.each(Object.entries(HARNESSES))('issuer %s', (_name, harness) => issuerContract(harness));

import { describe, expect, it } from 'vitest';
import { certificateIssuers } from '../../lib/plugins/issuers/index.ts';
import { localCaWorld } from '../support/local-ca-world.ts';
import { type CertificateIssuerHarness, certificateIssuerContract } from './certificate-issuer-contract.ts';

const HARNESSES: Readonly<Record<string, CertificateIssuerHarness>> = {
  'local-ca': { label: 'local-ca', denied: 'KeyFileExposed', dead: 'StorageFailed', start: localCaWorld },
};

it('every issuer of certificates has a harness here', () => {
  const missing = certificateIssuers.filter(({ name }) => !Object.hasOwn(HARNESSES, name));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

describe.each(Object.entries(HARNESSES))('issuer %s', (_name, harness) => certificateIssuerContract(harness));

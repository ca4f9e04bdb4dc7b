import { describe, expect, it } from 'vitest';
import { certificateIssuers } from '../../lib/plugins/issuers/index.ts';
import { FAKE_PKI, startFakePki } from '../support/fake-pki.ts';
import { localCaWorld } from '../support/local-ca-world.ts';
import { pkiWorld } from '../support/pki-world.ts';
import { type CertificateIssuerHarness, certificateIssuerContract } from './certificate-issuer-contract.ts';

const HARNESSES: Readonly<Record<string, CertificateIssuerHarness>> = {
  'local-ca': { label: 'local-ca', denied: 'KeyFileExposed', dead: 'StorageFailed', start: localCaWorld },
  'vault-pki': {
    label: 'vault-pki, on a fake server',
    denied: 'AccessDenied',
    dead: 'Unavailable',
    start: async () => {
      const { origin, close } = await startFakePki();
      return pkiWorld({ address: origin, mount: FAKE_PKI, login: {}, close });
    },
  },
};

it('every issuer of certificates has a harness here', () => {
  const missing = certificateIssuers.filter(({ name }) => !Object.hasOwn(HARNESSES, name));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

describe.each(Object.entries(HARNESSES))('issuer %s', (_name, harness) => certificateIssuerContract(harness));

import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { issuedName } from '../../lib/core/issuer-ports.ts';
import { makeRequest } from '../../lib/plugins/certificates/certificate-request.ts';
import { vaultPki } from '../../lib/plugins/issuers/vault-pki.ts';
import { type CertificateIssuerHarness, certificateIssuerContract } from '../contract/certificate-issuer-contract.ts';
import { nameOf, outcomeOf } from '../contract/issuer-contract.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { enableAppRole } from '../support/openbao-estate.ts';
import { layOutPki } from '../support/openbao-pki.ts';
import { missing } from '../support/peers.ts';
import { pkiWorld } from '../support/pki-world.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const why = missing('openbao');
const NAME = issuedName('1'.repeat(32));
const DAY = 86_400_000;

describe.skipIf(why !== undefined)(`vault-pki on OpenBao ${why ?? ''}`, () => {
  let server: OpenBao;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());

  const start = async () => {
    const { mount, login } = await layOutPki(server);
    return pkiWorld({ address: server.address, mount, login, close: async () => undefined });
  };
  const harness: CertificateIssuerHarness = { label: 'vault-pki', dead: 'Unavailable', denied: 'AccessDenied', start };
  certificateIssuerContract(harness);

  const refusal = async (role: object, more: object = {}, life = 20 * DAY) => {
    const { mount, login } = await layOutPki(server);
    const world = pkiWorld({ address: server.address, mount, login, close: async () => undefined });
    await server.admin('POST', `${mount}/roles/shop`, role);
    const client = await vaultPki.create({ ...world.config, ...more }, pluginDeps(world.deps));
    const commonName = 'shop.internal';
    const { csr } = await makeRequest('ec-p256', commonName, [commonName]);
    const request = { name: NAME, csr, commonName, sans: [commonName], notAfter: Date.now() + life };
    const outcome = await outcomeOf(client.sign(request));
    return outcome instanceof Error ? `${outcome.name} ${outcome.message}` : 'signed';
  };
  const ROLE = { allow_any_name: true, allowed_user_ids: 'keyturn-*', key_type: 'any', max_ttl: '87600h' };

  it.each([
    ['no name of ours', { ...ROLE, allowed_user_ids: '' }, {}, DAY, /^ConfigInvalid .*set allowed_user_ids/],
    ['another kind of key', { ...ROLE, key_type: 'rsa' }, {}, DAY, /^ValueRefused .*keys of this type/],
    ['a life beyond its authority', ROLE, {}, 3000 * DAY, /^ConfigInvalid .*give it a successor/],
    ['another role', ROLE, { role: 'nobody' }, DAY, /^(AccessDenied|ConfigInvalid) /],
    ['another mount', ROLE, { mount: 'nowhere' }, DAY, /^(AccessDenied|ConfigInvalid) /],
  ])('names what is wrong: %s', async (_what, role, more, life, expected) => {
    expect(await refusal(role, more, life)).toMatch(expected);
  });

  it('does not claim to have revoked what had expired', async () => {
    const client = await (await start()).open();
    const { csr } = await makeRequest('ec-p256', 'shop.internal', ['shop.internal']);
    const request = { name: NAME, csr, commonName: 'shop.internal', sans: [], notAfter: Date.now() + 1000 };
    const { certificate } = await client.sign(request);
    await vi.waitFor(
      () => expect(Date.parse(new X509Certificate(certificate).validTo)).toBeLessThan(Date.now() - 1000),
      {
        timeout: 10_000,
      },
    );
    expect([await client.revoke(certificate), await client.standing(certificate)]).toEqual(['not-applied', 'valid']);
  });

  it('leaves no token behind', async () => {
    const tokens = async () => Object(await server.admin('GET', 'auth/token/accessors?list=true')).data.keys.length;
    const client = await (await start()).open();
    const before = await tokens();
    await client.authorities();
    await client.withdraw(NAME);
    expect(await tokens()).toBe(before);
    expect(await nameOf(client.standing('nothing'))).toBe('ValueCorrupt');
  });
});

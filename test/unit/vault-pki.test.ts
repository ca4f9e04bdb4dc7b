import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { issuedName } from '../../lib/core/issuer-ports.ts';
import { makeRequest } from '../../lib/plugins/certificates/certificate-request.ts';
import { nameOf } from '../contract/issuer-contract.ts';
import { FAKE_PKI, startFakePki } from '../support/fake-pki.ts';
import type { FakeReply, FakeRequest, FakeVault } from '../support/fake-vault.ts';
import { type PkiWorld, pkiWorld } from '../support/pki-world.ts';

const NAME = issuedName('1'.repeat(32));

describe('vault-pki', () => {
  let vault: FakeVault;
  let world: PkiWorld;
  beforeEach(async () => {
    vault = await startFakePki();
    onTestFinished(vault.close);
    world = pkiWorld({ address: vault.origin, mount: FAKE_PKI, login: {}, close: vault.close });
  });

  const isAbout = (part: string) => (request: FakeRequest) => request.path.startsWith(`${FAKE_PKI}/${part}`);
  /** Answers what is asked of one part of the engine. */
  const answering = (part: string, reply: FakeReply) => {
    const usual = vault.intercept;
    vault.intercept = (request) => (isAbout(part)(request) ? reply : usual(request));
  };
  const request = async () => {
    const { csr } = await makeRequest('ec-p256', 'shop.internal', ['shop.internal']);
    return { name: NAME, csr, commonName: 'shop.internal', sans: ['shop.internal'], notAfter: Date.now() + 1e9 };
  };
  const sign = async () => (await world.open()).sign(await request());
  const calls = (part: string) => vault.requests.filter(isAbout(part)).length;

  it('does not know whether a certificate was made whose reply was lost, does not ask again, and finds it by its name', async () => {
    vault.losesReply = isAbout('sign');
    expect(await nameOf(sign())).toBe('OutcomeUnknown');
    expect(calls('sign')).toBe(1);
    const client = await world.open();
    expect([await client.withdraw(NAME), await client.withdraw(NAME)]).toEqual(['applied', 'not-applied']);
  });

  it.each([
    ['is broken inside', { status: 500 }, 'OutcomeUnknown'],
    ['asks to slow down', { status: 429 }, 'Throttled'],
    ['does not serve now', { status: 503 }, 'Unavailable'],
    ['forbids it', { status: 403 }, 'AccessDenied'],
    ['sends elsewhere', { status: 307, headers: { Location: 'https://elsewhere.test/' } }, 'ConfigInvalid'],
    ['answers something else', { status: 200, body: { data: { hello: 'world' } } }, 'ConfigInvalid'],
    ['refuses for another reason', { status: 400, body: { errors: ['hunter-2'] } }, 'ValueRefused'],
  ])('names the error of an engine that %s', async (_what, reply, error) => {
    answering('sign', reply);
    expect(await nameOf(sign())).toBe(error);
    await expect(sign()).rejects.not.toThrow(/hunter-2/);
  });

  it('does not believe in a revocation before the list that clients read holds it', async () => {
    const [{ certificate }, other] = [await sign(), await sign()];
    const client = await world.open();
    await client.revoke(other.certificate);
    const stale = await client.standing(other.certificate);
    const list = currentList();
    await client.revoke(certificate);
    answering('issuer', { status: 200, body: { data: { crl: list } } });
    expect([stale, await client.standing(certificate), await client.standing(other.certificate)]).toEqual([
      'revoked',
      'valid',
      'revoked',
    ]);
  });

  /** The revocation list as it is now. */
  const currentList = (): unknown => {
    vault.tokens.add('of the test');
    const asked = { method: 'GET', path: `${FAKE_PKI}/issuer/default/crl`, namespace: undefined, json: {} };
    return Object(Object(vault.intercept({ ...asked, token: 'of the test' })?.body).data).crl;
  };
});

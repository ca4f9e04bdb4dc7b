import { createPrivateKey, X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CertificateIssuerClient, issuedName, type SigningRequest } from '../../lib/core/issuer-ports.ts';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { makeRequest } from '../../lib/plugins/certificates/certificate-request.ts';
import { chainProblem } from '../../lib/plugins/certificates/chain.ts';
import { certificateIn, certificatesIn } from '../../lib/plugins/certificates/pem.ts';
import { assertNoLeak, captureLog } from '../support/leak.ts';
import { nameOf, outcomeOf } from './issuer-contract.ts';

/** An authority, as the suite needs it of each issuer. */
export interface CertificateIssuerWorld {
  open(overrides?: Partial<PluginDeps>): Promise<CertificateIssuerClient>;
  /** One that may sign for `shop.internal`, and not for `bank.example`. */
  openStrict(): Promise<CertificateIssuerClient>;
  /** One that nobody reaches, or whose key is gone. */
  openDead(): Promise<CertificateIssuerClient>;
  /** One whose own login, or key, is refused. */
  openDenied(): Promise<CertificateIssuerClient>;
  /** What must show nowhere. */
  readonly secret: string;
  /** Epoch ms. */
  now(): number;
  close(): Promise<void>;
}

export interface CertificateIssuerHarness {
  readonly label: string;
  readonly dead: string;
  readonly denied: string;
  start(): Promise<CertificateIssuerWorld>;
}

const [ONE, TWO] = [issuedName('1'.repeat(32)), issuedName('2'.repeat(32))];
const DAY = 86_400_000;

/** What every issuer of certificates holds. */
export function certificateIssuerContract(harness: CertificateIssuerHarness): void {
  let world: CertificateIssuerWorld;
  let client: CertificateIssuerClient;
  beforeEach(async () => {
    world = await harness.start();
    client = await world.open();
  });
  afterEach(() => world.close());

  const requestOf = async (name: string, commonName = 'shop.internal'): Promise<SigningRequest> => {
    const sans = [commonName];
    const { csr } = await makeRequest('ec-p256', commonName, sans);
    return { name, csr, commonName, sans, notAfter: world.now() + 20 * DAY };
  };
  const signed = async (name: string) => (await client.sign(await requestOf(name))).certificate;
  const standings = (...certificates: readonly string[]) =>
    Promise.all(certificates.map((certificate) => client.standing(certificate)));

  it('signs for a key that it never sees, with the names and the end that were asked for', async () => {
    const sans = ['shop.internal', 'api.shop.internal', '10.1.2.3'];
    const { csr, privateKey } = await makeRequest('ec-p256', 'shop.internal', sans);
    const notAfter = world.now() + 20 * DAY;
    const { certificate, chain } = await client.sign({ name: ONE, csr, commonName: 'shop.internal', sans, notAfter });
    const leaf = certificateIn(certificate, 'test');
    const authorities = certificatesIn(await client.authorities(), 'test');
    expect(leaf.subjectAltName?.split(', ').sort()).toEqual([
      'DNS:api.shop.internal',
      'DNS:shop.internal',
      'IP Address:10.1.2.3',
    ]);
    expect(leaf.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
    expect(Math.abs(Date.parse(leaf.validTo) - notAfter)).toBeLessThan(60_000);
    expect(Date.parse(leaf.validFrom)).toBeLessThan(world.now() - 10_000);
    const intermediates = chain.map((pem) => new X509Certificate(pem));
    expect(intermediates).not.toEqual([]);
    expect(chainProblem({ leaf, intermediates, authorities }, world.now())).toBeUndefined();
    expect(authorities.every((authority) => authority.checkIssued(authority))).toBe(true);
  });

  it('revokes one, once, and no other', async () => {
    const [one, two] = [await signed(ONE), await signed(TWO)];
    expect(await standings(one, two)).toEqual(['valid', 'valid']);
    expect(await client.revoke(one)).toBe('applied');
    expect(await client.revoke(one)).toBe('not-applied');
    expect(await standings(one, two)).toEqual(['revoked', 'valid']);
  });

  it('withdraws what has a name but the one that is kept, and nothing of another', async () => {
    const [lost, kept, other] = [await signed(ONE), await signed(ONE), await signed(TWO)];
    expect(await client.withdraw(ONE, kept)).toBe('applied');
    expect(await client.withdraw(ONE, kept)).toBe('not-applied');
    expect(await standings(lost, kept, other)).toEqual(['revoked', 'valid', 'valid']);
    expect(await client.withdraw(ONE)).toBe('applied');
    expect(await standings(lost, kept, other)).toEqual(['revoked', 'revoked', 'valid']);
  });

  it('leaves none that nobody knows when it signs one request again', async () => {
    const request = await requestOf(ONE);
    const [first, again] = [await client.sign(request), await client.sign(request)];
    await client.withdraw(ONE);
    expect(await standings(first.certificate, again.certificate)).toEqual(['revoked', 'revoked']);
  });

  it('does not know what another has signed, and does not revoke it', async () => {
    const stranger = await harness.start();
    const opened = await stranger.open();
    const { certificate } = await opened.sign(await requestOf(ONE));
    expect([await client.standing(certificate), await client.revoke(certificate)]).toEqual(['unknown', 'not-applied']);
    await stranger.close();
  });

  it('refuses a name that it may not sign for, and nothing is signed', async () => {
    const strict = await world.openStrict();
    expect(await nameOf(strict.sign(await requestOf(ONE, 'bank.example')))).toBe('ValueRefused');
    expect((await strict.sign(await requestOf(ONE))).certificate).toContain('BEGIN CERTIFICATE');
  });

  it('tells a refused login from what is not there', async () => {
    const certificate = await signed(ONE);
    for (const [name, opened] of [
      [harness.denied, await world.openDenied()],
      [harness.dead, await world.openDead()],
    ] as const) {
      const request = await requestOf(TWO);
      expect([name, await nameOf(opened.sign(request))]).toEqual([name, name]);
      expect([name, await nameOf(opened.revoke(certificate))]).toEqual([name, name]);
      expect([name, await nameOf(opened.withdraw(ONE))]).toEqual([name, name]);
    }
    expect(await client.standing(certificate)).toBe('valid');
  });

  it('lets no secret out, in success or failure', async () => {
    const log = captureLog();
    const outcomes: unknown[] = [];
    for (const opened of [await world.open({ log }), await world.openDenied(), await world.openDead()]) {
      const sign = await outcomeOf(opened.sign(await requestOf(ONE)));
      const certificate = (await client.sign(await requestOf(TWO))).certificate;
      outcomes.push(sign, await outcomeOf(opened.standing(certificate)), await outcomeOf(opened.revoke(certificate)));
      outcomes.push(await outcomeOf(opened.withdraw(TWO)), await outcomeOf(opened.authorities()));
    }
    const shown = outcomes.flatMap((outcome) => [
      inspect(outcome, { depth: 9, showHidden: true }),
      Object(outcome).stack,
    ]);
    assertNoLeak([...shown, log.text()].join('\n'), world.secret);
  });
}

import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CertificateIssuerClient } from '../../lib/core/issuer-ports.ts';
import type { Credential, PluginDeps, SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import type { Stage } from '../../lib/core/rotation.ts';
import { Secret } from '../../lib/core/secret.ts';
import { serialOf } from '../../lib/plugins/certificates/pem.ts';
import { certificate } from '../../lib/plugins/secret-types/certificate.ts';
import { makeIntermediate, makeRoot } from '../support/authorities.ts';
import { handMade } from '../support/hand-made.ts';
import { assertNoLeak, captureLog } from '../support/leak.ts';
import { LOCAL_CA, localCaWorld } from '../support/local-ca-world.ts';
import { made } from '../support/made.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { serveTls } from '../support/tls-consumers.ts';
import { nameOf, outcomeOf } from './issuer-contract.ts';

const DAY = 86_400_000;
const version = (digit: number) => String(digit).repeat(32);
const leafOf = ({ value }: Credential) => new X509Certificate(value.field('certificate') ?? '');
const field = (value: Secret, name: string) => value.field(name) ?? '';
const countIn = (pem: string) => pem.match(/BEGIN CERTIFICATE/g)?.length;

const TARGET = { commonName: 'shop.internal', sans: ['*.shop.internal', '10.1.2.3', '::1'], lifetime: '30d' };

describe('secret type certificate', () => {
  let world: Awaited<ReturnType<typeof localCaWorld>>;
  let client: SecretTypeClient;
  let byHand: Credential;
  let current: Credential;
  let time: number;

  const deps = (overrides: Partial<PluginDeps> = {}) =>
    pluginDeps({
      baseDir: world.directory,
      dataDir: `${world.directory}/data`,
      clock: { now: () => time, sleep: async () => undefined },
      ...overrides,
    });
  const open = (target: object = {}, issuer: object = {}, overrides: Partial<PluginDeps> = {}) =>
    certificate.create({ ...TARGET, ...target, issuer: { ...LOCAL_CA, ...issuer } }, deps(overrides));
  const ask = (stage: Stage, from: Credential, digit: number, opened = client) =>
    opened.generate({ current: from.value, version: version(digit), generation: 1, stage });
  const make = async (stage: Stage, from: Credential, digit: number, opened = client): Promise<Credential> => ({
    version: version(digit),
    value: await made(opened, { current: from.value, version: version(digit), generation: 1, stage }),
  });
  const successor = async (digit = 2): Promise<Switch> => ({
    next: await make('switch', current, digit),
    previous: current,
    stage: 'switch',
  });
  const answers = async ({ next, previous }: Switch) => [await client.probe(previous), await client.probe(next)];

  beforeEach(async () => {
    world = await localCaWorld();
    time = Date.now();
    client = await open();
    byHand = { version: version(9), value: Secret.of(handMade(world.directory)) };
    current = await make('switch', await make('publish', byHand, 0), 1);
  });

  it('brings the authorities first, then a certificate under them, and takes the others out last', async () => {
    const published = await make('publish', byHand, 2);
    expect(countIn(field(published.value, 'ca_bundle'))).toBe(2);
    expect(field(published.value, 'certificate')).toBe(field(byHand.value, 'certificate'));
    const switched = await make('switch', published, 3);
    expect(field(switched.value, 'ca_bundle')).toBe(field(published.value, 'ca_bundle'));
    expect(countIn(field(switched.value, 'chain'))).toBe(2);
    expect(field(switched.value, 'private_key')).not.toBe(field(byHand.value, 'private_key'));
    const pruned = await make('prune', switched, 4);
    expect(countIn(field(pruned.value, 'ca_bundle'))).toBe(1);
    expect({ ...pruned.value.reveal(), ca_bundle: '' }).toEqual({ ...switched.value.reveal(), ca_bundle: '' });
    for (const { value } of [byHand, published, switched, pruned])
      expect(certificate.valueProblem?.(value, { ...TARGET, issuer: LOCAL_CA })).toBeUndefined();
    expect([await ask('publish', pruned, 5), await ask('prune', pruned, 5)]).toEqual([undefined, undefined]);
  });

  it('installs with the old one valid, and again without a change', async () => {
    const change = await successor();
    expect([await client.install(change), await client.install(change)]).toEqual(['not-applied', 'not-applied']);
    expect(await answers(change)).toEqual(['accepted', 'accepted']);
  });

  it('revokes the old one, once, and not the new one', async () => {
    const change = await successor();
    expect([await client.retire(change), await client.retire(change)]).toEqual(['applied', 'not-applied']);
    expect(await answers(change)).toEqual(['refused', 'accepted']);
  });

  it('takes the new one back, once, and can make another', async () => {
    const change = await successor();
    expect([await client.uninstall(change), await client.uninstall(change)]).toEqual(['applied', 'not-applied']);
    expect(await answers(change)).toEqual(['accepted', 'refused']);
    expect(await answers(await successor(3))).toEqual(['accepted', 'accepted']);
  });

  it('never revokes the certificate that a stage leaves as it is', async () => {
    const next = { version: version(2), value: Secret.of({ ...current.value.reveal(), ca_bundle: '' }) };
    const change = { next, previous: current, stage: 'publish' as const };
    expect([await client.install(change), await client.uninstall(change)]).toEqual(['not-applied', 'not-applied']);
    expect(await nameOf(client.retire(change))).toBe('Conflict');
    expect(await client.probe(current)).toBe('accepted');
  });

  it('revokes one that was signed for nobody: its reply, or the process, was lost', async () => {
    const lost = await make('switch', current, 2);
    const change = await successor(2);
    expect(leafOf(lost).serialNumber).not.toBe(leafOf(change.next).serialNumber);
    expect(await client.install(change)).toBe('applied');
    expect([await client.probe(lost), await client.probe(change.next)]).toEqual(['refused', 'accepted']);
    expect(await client.abandon?.(version(2))).toBe('applied');
    expect(await answers(change)).toEqual(['accepted', 'refused']);
  });

  it('says of a certificate of another authority that nobody can be asked, and does not revoke it', async () => {
    const change = { ...(await successor()), previous: byHand };
    expect([await client.probe(byHand), await client.retire(change)]).toEqual(['untested', 'not-applied']);
  });

  it('renews one that has expired', async () => {
    time += 31 * DAY;
    expect(await client.probe(current)).toBe('expired');
    expect(await client.probe((await successor()).next)).toBe('accepted');
    await client.retire(await successor(3));
    expect(await client.probe(current)).toBe('refused');
  });

  describe('refuses', () => {
    const refusal = async (target: object, issuer: object, overrides: Partial<PluginDeps> = {}) => {
      const opened = await open(target, issuer, overrides);
      const error = await outcomeOf(make('switch', current, 4, opened));
      return error instanceof Error ? `${error.name} ${error.message}` : 'no error';
    };
    const signing = (change: (signed: Awaited<ReturnType<CertificateIssuerClient['sign']>>) => object) => ({
      certificateIssuer: async () => {
        const real = await world.open();
        return {
          ...real,
          sign: async (request: Parameters<typeof real.sign>[0]) => {
            const signed = await real.sign(request);
            return { ...signed, ...change(signed) };
          },
        };
      },
    });

    it('an authority that nobody was told to trust', async () => {
      makeRoot(world.directory, 'stranger');
      makeIntermediate(world.directory, 'stranger', 'strange');
      time = Date.now();
      const place = { authority: { certificateFile: 'strange.pem', keyFile: 'strange.key' } };
      expect(await refusal({}, place)).toMatch(/^ConfigInvalid .*nothing that is trusted has signed/);
      expect(await refusal({}, { ...place, rootFile: 'stranger.pem' })).toMatch(/^ConfigInvalid .*does not lead to/);
    });

    it('an authority that ends before the certificate would, or has ended', async () => {
      makeIntermediate(world.directory, 'root', 'short', 20);
      const place = { authority: { certificateFile: 'short.pem', keyFile: 'short.key' } };
      expect(await refusal({}, place)).toMatch(/^ConfigInvalid .*it expires at .*give it a successor/);
      time += 21 * DAY;
      expect(await refusal({}, place)).toMatch(/^ConfigInvalid .*it expired at/);
    });

    it('a certificate straight from the root, unless that is declared', async () => {
      const place = { authority: { certificateFile: 'root.pem', keyFile: 'root.key' } };
      expect(await refusal({}, place)).toMatch(/^ConfigInvalid .*root.*use an intermediate/);
      expect(await refusal({ fromRoot: true }, place)).toBe('no error');
    });

    it('an issuer that gives something else: another name, a shorter life, another key, no chain, nonsense', async () => {
      const other = async (target: object) => make('switch', current, 5, await open(target));
      const [shorter, renamed] = [await other({ lifetime: '10d' }), await other({ commonName: 'bank.internal' })];
      const cert = (value: string) => signing(() => ({ certificate: value }));
      expect(await refusal({}, {}, cert(field(renamed.value, 'certificate')))).toMatch(
        /it does not bear the name shop/,
      );
      expect(await refusal({}, {}, cert(field(shorter.value, 'certificate')))).toMatch(/ConfigInvalid .*it ends at/);
      expect(await refusal({}, {}, cert(field(current.value, 'certificate')))).toMatch(/^ValueCorrupt .*private_key/);
      expect(
        await refusal(
          {},
          {},
          signing(() => ({ chain: [] })),
        ),
      ).toMatch(/does not lead to/);
      expect(await refusal({}, {}, cert('hello'))).toMatch(/^ValueCorrupt the certificate from its issuer/);
    });

    it('a certificate that is not valid yet: the clocks differ', async () => {
      time -= DAY;
      expect(await refusal({}, {}, { certificateIssuer: () => world.open() })).toMatch(
        /^ConfigInvalid .*clocks differ/,
      );
    });

    it('an issuer that does not keep what it signs', async () => {
      const forgetful = async () => ({ ...(await world.open()), standing: async () => 'unknown' as const });
      const opened = await open({}, {}, { certificateIssuer: forgetful });
      expect(await nameOf(opened.install(await successor()))).toBe('ConfigInvalid');
    });
  });

  describe('the quiet rule', () => {
    const servedBy = async (credential: Credential) => {
      const { chain = '', private_key = '' } = credential.value.reveal();
      return (await serveTls(chain, private_key)).port;
    };
    const quietAt = async (change: Switch, ...ports: readonly number[]) => {
      const endpoints = ports.map((port) => ({ host: '127.0.0.1', port, serverName: 'shop.internal' }));
      return (await open({ endpoints })).quiet(change);
    };

    it('holds once every endpoint serves the new one', async () => {
      const change = await successor();
      const [old, fresh] = [await servedBy(change.previous), await servedBy(change.next)];
      const serial = serialOf(leafOf(change.previous));
      expect(await quietAt(change, fresh)).toEqual({ quiet: true, why: expect.stringContaining(`${fresh} serve`) });
      expect(await quietAt(change, fresh, old)).toEqual({ quiet: false, why: expect.stringContaining(serial) });
      expect(await quietAt(change, fresh, 1)).toEqual({ quiet: false, why: expect.stringContaining('ECONNREFUSED') });
    });

    it('leaves it to the consumers where no endpoint is listed', async () => {
      expect(await quietAt(await successor())).toMatchObject({
        quiet: true,
        why: expect.stringContaining('no endpoints'),
      });
    });
  });

  it('warns of a name that is good on every machine', async () => {
    const log = captureLog();
    await make('switch', current, 2, await open({ sans: ['localhost'] }, {}, { log }));
    expect(log.text()).toContain('localhost');
  });

  it.each([
    ['of no certificate', { certificate: 'x' }, /certificate.*no certificate in PEM/],
    ['of another chain', { chain: '' }, /chain.*not the one/],
    ['of another key', { private_key: 'x' }, /private_key.*private key in PEM/],
    ['of a bundle that its chain does not lead to', { ca_bundle: '' }, /nothing that is trusted/],
  ])('tells a value %s', async (_what, change, problem) => {
    const value = Secret.of({ ...current.value.reveal(), ...change });
    expect(certificate.valueProblem?.(value, { ...TARGET, issuer: LOCAL_CA })).toMatch(problem);
  });

  it('lets no key out, in success or failure', async () => {
    const log = captureLog();
    const change = await successor();
    const outcomes: unknown[] = [];
    const gone = { authority: { certificateFile: 'gone.pem', keyFile: 'one.key' } };
    for (const opened of [await open({}, gone, { log }), await open({}, {}, { log })]) {
      for (const method of ['install', 'quiet', 'uninstall', 'retire'] as const)
        outcomes.push(await outcomeOf(opened[method](change)));
      for (const method of ['probe', 'prepare'] as const) outcomes.push(await outcomeOf(opened[method](current)));
      const broken = { ...current, value: Secret.of({ ...current.value.reveal(), certificate: 'x' }) };
      outcomes.push(await outcomeOf(opened.probe(broken)), await outcomeOf(make('switch', current, 6, opened)));
    }
    const shown = outcomes.flatMap((outcome) => [
      inspect(outcome, { depth: 9, showHidden: true }),
      Object(outcome).stack,
    ]);
    const text = [...shown, log.text()].join('\n');
    for (const { value } of [current, change.next])
      for (const line of field(value, 'private_key').split('\n').slice(1, -2)) assertNoLeak(text, line);
  });

  it('names a served certificate by its serial as openssl does', () => {
    expect(serialOf(leafOf(current))).toMatch(/^[0-9a-f]{32}$/);
  });
});

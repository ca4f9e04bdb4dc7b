import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { startServer } from '../support/http-server.ts';
import { makeCertificate, type OpenBao, type SealableBao, startBao, startSealableBao } from '../support/openbao.ts';
import { type Estate, enableAppRole, layOut, type Opened, tokensLeft } from '../support/openbao-estate.ts';
import { missing, peersCache } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const why = missing('openbao');
const V1 = '1'.repeat(32);
const V2 = '2'.repeat(32);
const ref: SecretRef = { path: 'database/orders', fields: { username: 'pg_user', password: 'pg_password' } };
const value = (password: string) => Secret.of({ username: 'orders_a', password });
const stored = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()), metadata: z.object({ version: z.number() }) }),
});

const open = ({ config, deps }: Opened, changes: object = {}): Promise<BackendClient> =>
  vault.create({ ...config, ...changes }, pluginDeps(deps));

describe.skipIf(why !== undefined)(`vault on OpenBao ${why ?? ''}`, () => {
  let server: OpenBao;
  let estate: Estate;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    estate = await layOut(server, [ref]);
    const client = await open(estate);
    await client.stage(ref, V1, value('one'));
    await client.promote(ref, V1, undefined);
    await client.close?.();
  });

  const fileOf = (name: string, text: string) => {
    const file = join(estate.deps.baseDir ?? '', name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const rootToken = () => ({ method: 'token', tokenFile: fileOf('root-token', server.root) });

  it('is read by another client: fields as consumers know them, siblings as they were, versions beside', async () => {
    const by = (token: string, path: string): unknown => {
      const script = join(import.meta.dirname, 'consumers/read_vault.py');
      const python = join(peersCache, 'openbao/bin/python');
      return JSON.parse(
        execFileSync(python, [script, server.address, token, estate.mount, path], { encoding: 'utf8' }),
      );
    };
    const path = `${estate.mount}/data/${ref.path}`;
    const { data } = stored.parse(await server.admin('GET', path)).data;
    const sibling = { api_key: 'k "quoted"\n', replicas: 3, nested: { a: [1, null] } };
    await server.admin('POST', path, { options: { cas: 1 }, data: { ...data, ...sibling } });
    await server.admin('POST', `${estate.mount}/metadata/${ref.path}`, { custom_metadata: { owner: 'orders-team' } });
    const client = await open(estate);
    await client.stage(ref, V2, value('two'));
    expect(by(server.root, ref.path)).toMatchObject({ fields: { ...sibling, pg_password: 'one' }, number: 2 });
    await client.promote(ref, V2, V1);
    await client.close?.();
    const fields = { ...sibling, pg_user: 'orders_a', pg_password: 'two' };
    const seen = by(server.root, ref.path);
    expect(seen).toMatchObject({ fields, number: 3, custom: { owner: 'orders-team' } });
    const { custom } = z.object({ custom: z.record(z.string(), z.string()) }).parse(seen);
    expect(Object.values(custom).join()).toContain(V2);
    expect(await tokensLeft(server)).toBe(0);
  });

  it('loses no change of a person who writes a sibling field all the while', async () => {
    const client = await open(estate);
    const path = `${estate.mount}/data/${ref.path}`;
    let written = 0;
    let isRunning = true;
    const person = (async () => {
      while (isRunning) {
        const { data, metadata } = stored.parse(await server.admin('GET', path)).data;
        const next = { options: { cas: metadata.version }, data: { ...data, counter: written + 1 } };
        const done = await server.admin('POST', path, next).then(
          () => 1,
          () => 0,
        );
        written += done;
      }
    })();
    let previous = V1;
    for (let run = 0; run < 20; run += 1) {
      const version = run.toString(16).padStart(32, 'a');
      await client.stage(ref, version, value(`run ${run}`));
      expect(await client.promote(ref, version, previous)).toBe('applied');
      previous = version;
    }
    isRunning = false;
    await person;
    await client.close?.();
    const { data } = stored.parse(await server.admin('GET', path)).data;
    expect(written).toBeGreaterThan(0);
    expect(data).toMatchObject({ counter: written, pg_password: 'run 19' });
  });

  it('logs in again when its token ends in mid-run', async () => {
    await server.admin('POST', `auth/approle/role/${estate.role}`, { token_ttl: 1, token_max_ttl: 1 });
    const client = await open(estate);
    await client.versions(ref);
    expect(await tokensLeft(server)).toBe(1);
    await vi.waitFor(async () => expect(await tokensLeft(server)).toBe(0), { timeout: 20_000, interval: 100 });
    expect((await client.read(ref, 'current')).version).toBe(V1);
    await client.close?.();
  });

  it('is Throttled over the quota of its mount', async () => {
    const quota = 'sys/quotas/rate-limit/tight';
    await server.admin('POST', quota, { path: estate.mount, rate: 0.01 });
    const client = await open(estate);
    const spent = async () => {
      for (let call = 0; call < 3; call += 1) await client.versions(ref);
    };
    await expect(spent()).rejects.toMatchObject({ name: 'Throttled' });
    await server.admin('DELETE', quota);
    await client.close?.();
  });

  it('keeps to its namespace', async () => {
    await server.admin('POST', 'sys/namespaces/team', {});
    await server.admin('POST', 'team/sys/mounts/inner', { type: 'kv', options: { version: '2' } });
    const auth = rootToken();
    const client = await open(estate, { namespace: 'team', mount: 'inner', auth });
    await vi.waitFor(() => client.stage(ref, V1, value('inner')), { timeout: 10_000 });
    expect(await server.admin('GET', `team/inner/data/_pending/${ref.path}/${V1}`)).toMatchObject({
      data: { data: { pg_password: 'inner' } },
    });
    const outside = await open(estate, { mount: 'inner', auth });
    await expect(outside.read(ref, V1)).rejects.toMatchObject({ name: 'ConfigInvalid' });
    expect(await server.admin('GET', 'auth/token/lookup-self')).toMatchObject({ data: { id: server.root } });
  });

  it('logs in with a signed token (jwt)', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    await server.admin('POST', 'sys/auth/jwt', { type: 'jwt' });
    await server.admin('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [pem] });
    const token_policies = [`${estate.role}-use`];
    const role = { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['bao'], token_policies };
    await server.admin('POST', 'auth/jwt/role/keyturn', role);
    const part = (text: object) => Buffer.from(JSON.stringify(text)).toString('base64url');
    const iat = Math.floor(Date.now() / 1000) - 5;
    const unsigned = `${part({ alg: 'ES256' })}.${part({ sub: 'keyturn', aud: 'bao', iat, exp: iat + 600 })}`;
    const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const jwtFile = fileOf('jwt', `${unsigned}.${signature.toString('base64url')}`);
    const client = await open(estate, { auth: { method: 'jwt', role: 'keyturn', jwtFile } });
    expect((await client.read(ref, 'current')).version).toBe(V1);
    await client.close?.();
    fileOf('jwt', `${unsigned}.${Buffer.alloc(64, 1).toString('base64url')}`);
    const forged = await open(estate, { auth: { method: 'jwt', role: 'keyturn', jwtFile } });
    await expect(forged.read(ref, 'current')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('logs in with a service account (kubernetes)', async () => {
    const accountToken = serviceAccountToken();
    const reviewer = await startTokenReviewer(accountToken);
    await server.admin('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
    const kubernetes_ca_cert = readFileSync(makeCertificate(temporaryDirectory()), 'utf8');
    const config = { kubernetes_host: reviewer.origin, token_reviewer_jwt: 'reviewer', kubernetes_ca_cert };
    await server.admin('POST', 'auth/kubernetes/config', config);
    await server.admin('POST', 'auth/kubernetes/role/keyturn', {
      bound_service_account_names: 'keyturn',
      bound_service_account_namespaces: 'ops',
      token_policies: [`${estate.role}-use`],
    });
    const jwtFile = fileOf('service-account', accountToken);
    const client = await open(estate, { auth: { method: 'kubernetes', role: 'keyturn', jwtFile } });
    expect((await client.read(ref, 'current')).version).toBe(V1);
    await client.close?.();
    await reviewer.close();
  });

  it('says that a mount of version 1 is none for it, and writes no value there', async () => {
    await server.admin('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } });
    const auth = rootToken();
    const client = await open(estate, { mount: 'old', auth });
    await expect(client.stage(ref, V1, value('lost'))).rejects.toMatchObject({ name: 'ConfigInvalid' });
    await expect(server.admin('GET', 'old/?list=true')).rejects.toThrow(' 404 ');
  });
});

/**
 * The one call of a Kubernetes API server that the login makes: is this token good, and whose? It leaves out everything
 * else, signatures too: one token is good.
 */
async function startTokenReviewer(good: string) {
  return startServer(async (request, reply) => {
    const body: unknown = await json(request);
    const { token } = z.object({ spec: z.object({ token: z.string() }) }).parse(body).spec;
    const user = { username: 'system:serviceaccount:ops:keyturn', uid: 'uid-1', groups: ['system:serviceaccounts'] };
    const status = token === good ? { authenticated: true, user } : { authenticated: false };
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status };
    reply.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify(review));
  });
}

/** Claims as Kubernetes projects them; whoever reviews it knows it whole, so that its signature is none. */
function serviceAccountToken(): string {
  const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000) - 5;
  const account = { namespace: 'ops', serviceaccount: { name: 'keyturn', uid: 'uid-1' } };
  const times = { iat, exp: iat + 600 };
  const claims = { iss: 'kubernetes', sub: 'system:serviceaccount:ops:keyturn', ...times, 'kubernetes.io': account };
  return `${part({ alg: 'RS256' })}.${part(claims)}.${Buffer.alloc(64, 1).toString('base64url')}`;
}

describe.skipIf(why !== undefined)(`vault on OpenBao with TLS and a disk ${why ?? ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'keyturn-bao-'));
  let server: SealableBao;
  let estate: Estate;
  beforeAll(async () => {
    server = await startSealableBao(directory);
    await enableAppRole(server);
  });
  beforeEach(async () => {
    estate = await layOut(server, [ref]);
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('trusts the named CA, and without it nobody', async () => {
    const client = await open(estate);
    expect(await client.versions(ref)).toEqual({ pending: [] });
    await client.close?.();
    const { caFile: _, ...config } = estate.config;
    const distrusting = await vault.create(config, pluginDeps(estate.deps));
    await expect(distrusting.versions(ref)).rejects.toMatchObject({ name: 'Unavailable' });
  });

  it('has what it staged and promoted after the server ended and came back', async () => {
    const client = await open(estate);
    await client.stage(ref, V1, value('one'));
    await client.promote(ref, V1, undefined);
    await client.stage(ref, V2, value('two'));
    await server.restart();
    expect(await client.versions(ref)).toMatchObject({ current: { version: V1 }, pending: [{ version: V2 }] });
    expect((await client.read(ref, V2)).value.reveal()).toEqual({ username: 'orders_a', password: 'two' });
    await client.close?.();
    expect(await tokensLeft(server)).toBe(0);
  });
});

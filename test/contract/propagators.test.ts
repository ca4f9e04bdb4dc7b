import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { versionMarker } from '../../lib/core/version-marker.ts';
import { propagators } from '../../lib/plugins/propagators/index.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { type FakeKube, startFakeKube } from '../support/fake-kube.ts';
import { startFakeParameters } from '../support/fake-parameters.ts';
import { startFakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { startFakeVault } from '../support/fake-vault.ts';
import { startServer } from '../support/http-server.ts';
import { skippingClock } from '../support/plugin-deps.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { vaultLogin } from '../support/vault-login.ts';
import { parameterPlace, secretPlace } from './aws-propagator-places.ts';
import { externalSecretHarness, kubernetesSecretHarness } from './kubernetes-places.ts';
import { type PropagatorHarness, type PropagatorPlace, propagatorContract } from './propagator-contract.ts';
import { vaultPlace } from './vault-propagator-place.ts';

const unwritable = (baseDir: string, config: object) => ({
  config,
  error: 'StorageFailed',
  says: join(baseDir, 'nowhere'),
});

let kube: FakeKube;
beforeAll(async () => {
  kube = await startFakeKube();
});
afterAll(() => kube.stop());

const HARNESSES: Readonly<Record<string, PropagatorHarness>> = {
  'external-secret': externalSecretHarness(() => kube),
  'kubernetes-secret': kubernetesSecretHarness(() => kube),
  'env-file': {
    start: async () => {
      const baseDir = temporaryDirectory();
      const config = { use: 'env-file', path: 'app.env', data: { DB_PASSWORD: '{password}' }, reader: 'shell' };
      return {
        config,
        deps: { baseDir },
        file: join(baseDir, 'app.env'),
        broken: unwritable(baseDir, { ...config, path: 'nowhere/app.env' }),
        read: async () =>
          execFileSync('sh', ['-c', '. ./app.env; printf %s "$DB_PASSWORD"'], { cwd: baseDir, encoding: 'utf8' }),
        beside: {
          make: () => writeFile(join(baseDir, 'app.env'), '# mine\nOTHER=1 # too\n'),
          look: async () => (await readFile(join(baseDir, 'app.env'), 'utf8')).split('\n').slice(0, 2),
        },
      };
    },
  },
  'file-template': {
    start: async () => {
      const baseDir = temporaryDirectory();
      const config = { use: 'file-template', path: 'app.json', template: '{ "password": "{password:json}" }' };
      const file = join(baseDir, 'app.json');
      return {
        config,
        deps: { baseDir },
        file,
        broken: unwritable(baseDir, { ...config, path: 'nowhere/app.json' }),
        read: async () => JSON.parse(await readFile(file, 'utf8')).password,
      };
    },
  },
  'secrets-manager-copy': {
    start: async () => {
      const fake = await startFakeSecretsManager();
      onTestFinished(fake.close);
      return secretPlace(fake.origin);
    },
  },
  'ssm-parameter': {
    start: async () => {
      const fake = await startFakeParameters();
      onTestFinished(fake.close);
      return parameterPlace(fake.origin);
    },
  },
  'vault-copy': {
    start: async () => {
      const fake = await startFakeVault();
      onTestFinished(fake.close);
      const { config, deps } = vaultLogin(fake.origin);
      return vaultPlace({ ...config, use: 'vault-copy' }, deps, { error: 'ConfigInvalid' });
    },
  },
  'http-put': { start: receiver },
  'vault-agent-file': { start: agent },
};

/** Takes a value for each secret by PUT and tells its version, and lets in only who has the token. */
async function receiver(): Promise<PropagatorPlace> {
  let password: string | undefined;
  const versions: Record<string, unknown> = {};
  const server = await startServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.headers.authorization !== 'Bearer of-the-test') return void reply.writeHead(403).end('words of theirs');
    if (request.method === 'GET') return void reply.end(JSON.stringify({ versions }));
    ({ password } = JSON.parse(Buffer.concat(chunks).toString('utf8')));
    versions[String(request.headers['keyturn-secret'])] = request.headers['keyturn-version'];
    reply.writeHead(204).end();
  });
  onTestFinished(server.close);
  const config = {
    use: 'http-put',
    url: `${server.origin}/secret`,
    template: '{"password":"{password:json}"}',
    versionPointer: '/versions/{secretId}',
  };
  const authorization = { value: 'Bearer {token}', from: { secret: 'production/api/receiver' } };
  return {
    config: { ...config, secretHeaders: { Authorization: authorization } },
    deps: {
      fetch: guardedFetch({ allow: [new URL(server.origin).host] }),
      credential: async () => Secret.of({ token: 'of-the-test' }),
    },
    broken: { config, error: 'AccessDenied', says: `${server.origin}/secret` },
    read: async () => password,
  };
}

/** An agent that renders its file once a second of the test's clock. */
async function agent(): Promise<PropagatorPlace> {
  const baseDir = temporaryDirectory();
  const file = join(baseDir, 'rendered.txt');
  const clock = skippingClock();
  let rendered = '';
  const config = { use: 'vault-agent-file', path: 'rendered.txt' };
  return {
    config,
    deps: {
      baseDir,
      clock: {
        now: clock.now,
        sleep: async (ms) => {
          await clock.sleep(ms);
          await writeFile(file, rendered);
        },
      },
    },
    broken: { config: { ...config, path: 'never.txt' }, error: 'Unavailable', says: join(baseDir, 'never.txt') },
    feed: async ({ secretId, version, values }) => {
      rendered = `${JSON.stringify(values.reveal())}\n${versionMarker(secretId)}=${version}\n`;
    },
    read: async () => JSON.parse((await readFile(file, 'utf8')).split('\n')[0] ?? '').password,
  };
}

describe.each(propagators)('propagator $name', (plugin) => {
  const harness = HARNESSES[plugin.name];
  if (!harness) throw new Error(`propagator ${plugin.name} has no harness in this file: add one`);
  propagatorContract(plugin, harness);
});

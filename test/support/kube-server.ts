import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { freePort } from '../../lib/local/free-port.ts';
import { ADMIN, administered, KEYTURN, type KubeApi, writeKubeconfig } from './kube-api.ts';
import { startKubelet } from './kubelet.ts';
import { makeCertificate } from './openbao.ts';
import { peersCache } from './peers.ts';

interface Process {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

function run(program: string, args: readonly string[], cwd: string): Process {
  const child = spawn(program, args, { cwd, stdio: 'ignore', env: { PATH: process.env.PATH, HOME: cwd } });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { child, stop };
}

const CONTROLLERS =
  'deployment-controller,replicaset-controller,statefulset-controller,daemonset-controller,garbage-collector-controller,namespace-controller';

/**
 * The genuine API server on etcd with the controllers that make pods, and a kubelet of the test's own: there is no node, no
 * scheduler and no container behind a pod.
 */
export async function startKubernetes(): Promise<KubeApi> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-kube-'));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const address = { origin: `https://127.0.0.1:${port}`, caFile: makeCertificate(folder) };
  execFileSync('openssl', ['genrsa', '-out', 'accounts.key', '2048'], { cwd: folder, stdio: 'ignore' });
  writeFileSync(join(folder, 'tokens.csv'), `${ADMIN},admin,1,"system:masters"\n${KEYTURN},keyturn,2\n`, {
    mode: 0o600,
  });
  const processes = [
    run('etcd', etcdArguments(etcdPort, peerPort), folder),
    run(join(peersCache, 'kubernetes/kube-apiserver'), serverArguments(etcdPort, port), folder),
  ];
  await ready(address, processes);
  const kubeconfig = writeKubeconfig(address, folder);
  processes.push(run(join(peersCache, 'kubernetes/kube-controller-manager'), controllerArguments(kubeconfig), folder));
  const api = administered(address);
  const kubelet = startKubelet(api);
  return {
    ...address,
    ...api,
    decide: kubelet.decide,
    stop: async () => {
      await kubelet.stop();
      for (const { stop } of processes.reverse()) await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Has it serve ExternalSecrets, by the operator's own definition. */
export async function serveExternalSecrets({ admin, list }: KubeApi): Promise<void> {
  const definition: unknown = parse(readFileSync(join(peersCache, 'kubernetes/externalsecrets.yaml'), 'utf8'));
  await admin('POST', CRDS, z.looseObject({}).parse(definition));
  await vi.waitFor(() => list('/apis/external-secrets.io/v1/externalsecrets'), { timeout: 10_000, interval: 100 });
}

const etcdArguments = (client: number, peer: number) => [
  '--data-dir=etcd',
  '--unsafe-no-fsync',
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=default=http://127.0.0.1:${peer}`,
];

const serverArguments = (etcd: number, port: number) => [
  `--etcd-servers=http://127.0.0.1:${etcd}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${port}`,
  '--endpoint-reconciler-type=none',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--tls-cert-file=server.pem',
  '--tls-private-key-file=server.key',
  '--token-auth-file=tokens.csv',
  '--authorization-mode=RBAC',
  // No service accounts and no nodes here: what would wait for them is off.
  '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-account-key-file=accounts.key',
  '--service-account-signing-key-file=accounts.key',
];

const controllerArguments = (kubeconfig: string) => [
  `--kubeconfig=${kubeconfig}`,
  `--controllers=${CONTROLLERS}`,
  '--leader-elect=false',
  '--secure-port=0',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
];

async function ready({ origin, caFile }: { origin: string; caFile: string }, processes: readonly Process[]) {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } });
  await vi.waitFor(
    async () => {
      const ended = processes.find(({ child }) => child.exitCode !== null);
      if (ended) throw new Error(`${ended.child.spawnfile} ended with ${ended.child.exitCode}`);
      const reply = await request(`${origin}/readyz`, { dispatcher, headers: { Authorization: `Bearer ${ADMIN}` } });
      await reply.body.dump();
      if (reply.statusCode !== 200) throw new Error(`it answers ${reply.statusCode}`);
    },
    { timeout: 60_000, interval: 100 },
  );
  await dispatcher.close();
}

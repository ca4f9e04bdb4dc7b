import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { KEYTURN, type KubeApi, type KubeObject, writeKubeconfig } from '../support/kube-api.ts';
import {
  base64,
  layOutSecret,
  newNamespace,
  othersPart,
  secretPath,
  workload,
  workloadPath,
} from '../support/kube-objects.ts';
import { startKubernetes } from '../support/kube-server.ts';
import { missing, peersCache } from '../support/peers.ts';
import { FIRST_PASSWORD, SECRET, setUpSite, URL_TEMPLATE } from '../support/rotation-site.ts';

const why = missing('kubernetes');
const NAME = 'orders-api';

describe.skipIf(why !== undefined)(`a rotation with its consumer in Kubernetes ${why ?? ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-kubectl-'));
  let kube: KubeApi;
  let administrator: string;
  beforeAll(async () => {
    kube = await startKubernetes();
    administrator = writeKubeconfig(kube, folder);
  });
  beforeEach(() => kube.decide(() => 'ready'));
  afterAll(async () => {
    await kube?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const kubectl = (args: readonly string[], input = '') =>
    execFileSync(join(peersCache, 'kubernetes/kubectl'), ['--kubeconfig', administrator, ...args], {
      input,
      encoding: 'utf8',
    });

  /** A shop in a namespace of its own, its first value in place, and a login of Keyturn with the printed Roles and no more. */
  const shop = async (more = '') => {
    const namespace = await newNamespace(kube);
    const at = `cluster: main, namespace: ${namespace}`;
    const site = await setUpSite({
      classification: 'LOW',
      propagate: `{ use: kubernetes-secret, ${at}, name: orders-db, data: { DATABASE_URL: "${URL_TEMPLATE}" } }`,
      consumer: `        restart: { use: kubernetes-rollout, ${at}, workload: deployment/${NAME}${more} }
        verify:
          - { use: kubernetes-pods, ${at}, workload: deployment/${NAME}, secret: orders-db }
          - { use: postgresql-login }`,
      more: 'clusters: { main: { kubeconfig: kubeconfig.yaml } }',
    });
    onTestFinished(site.strike);
    writeKubeconfig(kube, site.folder, KEYTURN);
    const url = `postgresql://orders:${FIRST_PASSWORD}@127.0.0.1:${site.postgres.port}/orders`;
    await layOutSecret(kube, namespace, 'orders-db');
    await kube.admin('PATCH', secretPath(namespace, 'orders-db'), { data: { DATABASE_URL: base64(url) } });
    await kube.admin('POST', workloadPath(namespace), workload('deployment', NAME));
    const roles = await site.run(['kubernetes', 'rbac', '--subject', 'user/keyturn']);
    expect(roles.code, roles.stderr).toBe(0);
    kubectl(['apply', '-f', '-'], roles.stdout);
    await rolledOut(namespace);
    const login = () => {
      const template = '{{.data.DATABASE_URL}}';
      const encoded = kubectl(['-n', namespace, 'get', 'secret', 'orders-db', '-o', `go-template=${template}`]);
      const { username, password } = new URL(Buffer.from(encoded, 'base64').toString('utf8'));
      return { user: username, password: decodeURIComponent(password) };
    };
    const secret = async () => othersPart(await kube.object(secretPath(namespace, 'orders-db')), ['DATABASE_URL']);
    const pods = () => kube.list(`/api/v1/namespaces/${namespace}/pods`);
    return { site, namespace, login, secret, pods };
  };
  const rolledOut = (namespace: string) =>
    kubectl(['-n', namespace, 'rollout', 'status', `deployment/${NAME}`, '--timeout=20s']);

  it('is done twice under exactly the printed Roles, each pod is new, and nothing of others is touched', async () => {
    const { site, login, secret, pods } = await shop();
    const others = JSON.stringify(await secret());
    for (const run of [1, 2]) {
      const [before, old] = [await pods(), login()];
      const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
      expect(code, `${run}: ${stderr}`).toBe(0);
      const { user, password } = login();
      await (await site.login(user, password)).end();
      await expect(site.login(old.user, old.password)).rejects.toThrow();
      const names = (found: readonly KubeObject[]) => found.map(({ metadata }) => metadata.name);
      expect(names(await pods()).filter((name) => names(before).includes(name))).toEqual([]);
    }
    expect(JSON.stringify(await secret())).toBe(others);
  });

  it('whose new pods never become ready is undone, names pod and reason, and the old value is back', async () => {
    const { site, namespace, login, secret } = await shop();
    const others = JSON.stringify(await secret());
    const restartedBy = ({ metadata }: KubeObject) => metadata.annotations?.['keyturn.dev/restarted-by'];
    kube.decide((pod) =>
      restartedBy(pod) === undefined || restartedBy(pod)?.endsWith('-back') ? 'ready' : 'crash-loop',
    );
    const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/pod orders-api-\S+, container app: CrashLoopBackOff after 4 restarts/);
    expect(login()).toEqual({ user: 'orders', password: FIRST_PASSWORD });
    await (await site.login('orders', FIRST_PASSWORD)).end();
    expect(JSON.stringify(await secret())).toBe(others);
    rolledOut(namespace);
    expect(await site.versions()).toMatchObject({ pending: [] });
  });

  it('goes back to the pods that still run, where no new pod becomes ready at all', async () => {
    const { site, namespace, login, pods } = await shop(', unschedulableSeconds: 0');
    const before = (await pods()).map(({ metadata }) => metadata.name).sort();
    kube.decide(({ metadata }) => (before.includes(metadata.name) ? 'ready' : 'unschedulable'));
    const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/pod orders-api-\S+: Unschedulable/);
    expect(login()).toEqual({ user: 'orders', password: FIRST_PASSWORD });
    rolledOut(namespace);
    expect((await pods()).map(({ metadata }) => metadata.name).filter((name) => before.includes(name))).not.toEqual([]);
  });
});

import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { errorCode, RotationError } from '../../core/errors.ts';
import type { FetchInit } from '../../core/fetch.ts';
import type { PluginDeps } from '../../core/ports.ts';

/** Where a cluster's API is and how Keyturn shows itself there. */
export interface ClusterAccess {
  /** Scheme, host, port and path, without a `/` at its end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<FetchInit, 'ca' | 'cert' | 'key' | 'servername'>;
}

type Named = Pick<PluginDeps, 'cluster' | 'baseDir'>;

/**
 * Reads a kubeconfig as kubectl does: client certificates, tokens, token files and credential plugins.
 *
 * @throws ConfigInvalid for a file that does not hold, AccessDenied where its credential plugin gives none
 */
export async function clusterAccess(name: string, { cluster, baseDir }: Named): Promise<ClusterAccess> {
  const { kubeconfig, context } = cluster(name);
  const file = resolve(baseDir, kubeconfig);
  const subject = `cluster ${name}, kubeconfig ${kubeconfig}`;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RotationError('ConfigInvalid', { subject, detail: 'it cannot be read', ...codeOf(error) });
  });
  const config = await parse(text, dirname(file), subject);
  if (context !== undefined) config.setCurrentContext(context);
  const server = serverOf(config, subject);
  return { server, ...(await loginOf(config, subject)) };
}

const codeOf = (error: unknown) => {
  const code = errorCode(error);
  return code === undefined ? {} : { code };
};

async function parse(text: string, folder: string, subject: string): Promise<KubeConfig> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  try {
    config.loadFromString(text);
    config.makePathsAbsolute(folder);
    return config;
  } catch {
    // Its message may quote the file, which holds credentials.
    throw new RotationError('ConfigInvalid', { subject, detail: 'it is no kubeconfig' });
  }
}

/** What a kubeconfig may say that Keyturn does not go along with. */
const REFUSED = {
  skipTLSVerify: 'insecure-skip-tls-verify would let anyone be the cluster: name its certificate-authority',
  proxyUrl: 'proxy-url is not supported: name an address that is reached directly',
} as const;

function serverOf(config: KubeConfig, subject: string): string {
  const invalid = (detail: string) => new RotationError('ConfigInvalid', { subject, detail });
  const current = config.getCurrentContext();
  const found = config.getCurrentCluster();
  if (found === null) throw invalid(`context ${current} names no cluster; there are ${contextsOf(config)}`);
  if (config.getCurrentUser() === null) throw invalid(`context ${current} names no user`);
  if (found.skipTLSVerify) throw invalid(REFUSED.skipTLSVerify);
  if (found.proxyUrl) throw invalid(REFUSED.proxyUrl);
  const { server } = found;
  if (!server.startsWith('https://')) throw invalid('its server must begin with https://');
  return server.replace(/\/+$/, '');
}

const contextsOf = (config: KubeConfig) =>
  config
    .getContexts()
    .map(({ name }) => name)
    .join(', ') || 'no contexts';

async function loginOf(config: KubeConfig, subject: string): Promise<Omit<ClusterAccess, 'server'>> {
  const options: RequestOptions & { servername?: string } = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    // The output of a credential plugin may hold a token.
    const detail = 'its credential cannot be had: a file is missing, or its credential plugin failed';
    throw new RotationError('AccessDenied', { subject, detail, ...codeOf(error) });
  }
  const { ca, cert, key, servername } = options;
  const tls = {
    ...(ca != null && { ca: String(ca) }),
    ...(cert != null && { cert: String(cert) }),
    ...(key != null && { key: String(key) }),
    ...(servername !== undefined && { servername }),
  };
  const pairs = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]);
  return { headers: Object.fromEntries(pairs), tls };
}

import type NodeVault from 'node-vault';
import { transport, type VaultReply, vaultReply, type Wire } from './transport.ts';

export interface VaultCall {
  readonly verb: 'read' | 'list' | 'write' | 'patch' | 'delete';
  /** Encoded, without a slash before it. */
  readonly path: string;
  readonly json?: object;
  /** What the token needs for it, in the server's word. */
  readonly capability: string;
}

/** @throws RotationError for everything but done (200, 204), wrong (400) and not there (404) */
export type VaultServer = (call: VaultCall) => Promise<VaultReply>;

/** node-vault on our own transport, with one token or none. */
export async function vaultServer(wire: Wire, token?: string): Promise<VaultServer> {
  const { default: nodeVault } = await import('node-vault');
  const client = nodeVault({
    endpoint: wire.address,
    'request-promise': transport(wire, token),
    debug: () => undefined,
    noCustomHTTPVerbs: true,
  });
  return async ({ capability, ...call }) => vaultReply.parse(await VERBS[call.verb](client, call, { capability }));
}

type Verb = (client: NodeVault.client, call: Omit<VaultCall, 'capability'>, options: object) => Promise<unknown>;

const VERBS: Readonly<Record<VaultCall['verb'], Verb>> = {
  read: (client, { path }, options) => client.read(path, options),
  list: (client, { path }, options) => client.list(path, options),
  write: (client, { path, json }, options) => client.write(path, json, options),
  patch: (client, { path, json }, options) => client.update(path, json, options),
  delete: (client, { path }, options) => client.delete(path, options),
};

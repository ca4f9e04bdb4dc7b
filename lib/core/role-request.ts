import type { BackendClient, SecretRef } from './ports.ts';

/** Whose role it is that a plugin is asked for permissions for. */
export interface RoleRequest {
  /** As ARNs have it, e.g. `aws`. */
  readonly partition: string;
  /** The account that the role lives in. */
  readonly account: string;
  /** Of a backend: what the role does there, and with which values. */
  readonly touches: readonly Touch[];
}

export interface Touch {
  readonly ref: SecretRef;
  readonly operations: readonly BackendOperation[];
}

export type BackendOperation = Exclude<keyof BackendClient, 'close' | 'rekey'>;

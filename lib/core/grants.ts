import type { BackendClient, Plugin, PluginDeps, SecretRef } from './ports.ts';
import type { Secret } from './secret.ts';

/** What an administrator sets up on a backend's server so that Keyturn may do its part there and no more. */
export interface Grant {
  readonly kind: 'policy' | 'role';
  readonly name: string;
  /** The document, in the server's own language. */
  readonly text: string;
  /** The server's own command line, which takes the document on its standard input. */
  readonly command: string;
}

export interface GrantRequest {
  /** The backend's name in keyturn.yaml; the names of grants begin with it. */
  readonly backend: string;
  readonly refs: readonly SecretRef[];
  /** Networks from which Keyturn logs in, e.g. `10.1.2.0/24`. */
  readonly cidrs: readonly string[];
}

export interface GrantVerdict extends Pick<Grant, 'kind' | 'name'> {
  readonly state: 'same' | 'differs' | 'missing';
}

/** A comparison opens no client: it needs less of the host. */
export type GrantDeps = Pick<PluginDeps, 'fetch' | 'clock' | 'baseDir'>;

export interface BackendPlugin extends Plugin<BackendClient> {
  /** For backends whose server has access rules of its own, in which Keyturn needs a place. */
  readonly grants?: {
    list(config: unknown, request: GrantRequest): readonly Grant[];
    /** Compares with what the server has, by an administrator's login (its field `token`). */
    compare(config: unknown, request: GrantRequest, deps: GrantDeps, login: Secret): Promise<readonly GrantVerdict[]>;
  };
}

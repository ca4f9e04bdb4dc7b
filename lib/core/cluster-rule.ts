export type ClusterVerb = 'get' | 'list' | 'patch' | 'create';

/** RBAC as data: what a plugin with its configuration does in a cluster. */
export interface ClusterRule {
  /** A name of `clusters:`. */
  readonly cluster: string;
  readonly namespace: string;
  /** `''` for the core group. */
  readonly group: string;
  readonly resource: string;
  /** Only this object; absent where a verb (list, create) cannot be held to one. */
  readonly name?: string;
  readonly verbs: readonly ClusterVerb[];
}

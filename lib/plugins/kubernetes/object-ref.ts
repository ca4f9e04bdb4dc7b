/** A kind of object as the API's paths name it. */
export interface ObjectKind {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as RBAC rules name it. */
  readonly resource: string;
}

export interface ObjectRef extends ObjectKind {
  readonly namespace: string;
  readonly name: string;
}

export const SECRETS: ObjectKind = { group: '', version: 'v1', resource: 'secrets' };
export const NAMESPACES: ObjectKind = { group: '', version: 'v1', resource: 'namespaces' };
export const PODS: ObjectKind = { group: '', version: 'v1', resource: 'pods' };
export const EXTERNAL_SECRETS: ObjectKind = {
  group: 'external-secrets.io',
  version: 'v1',
  resource: 'externalsecrets',
};

/** The path of a collection, from the server's root. */
export function collectionPath({ group, version, resource }: ObjectKind, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return resource === NAMESPACES.resource
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

export const objectPath = (ref: ObjectRef): string =>
  `${collectionPath(ref, ref.namespace)}/${encodeURIComponent(ref.name)}`;

/** An object for people: `secrets shop/orders-db`. */
export const shownRef = ({ resource, namespace, name }: ObjectRef): string => `${resource} ${namespace}/${name}`;

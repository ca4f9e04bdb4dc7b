/** What one path of the fake holds; a deleted version stays as null. */
interface KvPath {
  readonly versions: (Record<string, unknown> | null)[];
  custom: Record<string, unknown>;
}

export interface KvReply {
  readonly status: number;
  readonly body?: unknown;
}

interface KvRequest {
  readonly method: string;
  /** Below the mount: `data/<path>` or `metadata/<path>`. */
  readonly path: string;
  readonly isList: boolean;
  readonly json: {
    readonly options?: { readonly cas?: number | undefined } | undefined;
    readonly data?: Record<string, unknown> | undefined;
    readonly custom_metadata?: Record<string, unknown> | undefined;
  };
}

const CREATED = '2026-01-01T00:00:00.123456789Z';
const NOTHING: KvReply = { status: 404, body: { errors: [] } };
const MOVED: KvReply = {
  status: 400,
  body: { errors: ['check-and-set parameter did not match the current version'] },
};

/** A KV engine of version 2 in memory, compare-and-set required. It has no single versions, no limits and no soft delete. */
export class FakeKv {
  readonly #paths = new Map<string, KvPath>();

  handle({ method, path, isList, json }: KvRequest): KvReply {
    const slash = path.indexOf('/');
    const [part, key] = [path.slice(0, slash), path.slice(slash + 1)];
    if (isList) return this.#list(key);
    return part === 'data' ? this.#data(method, key, json) : this.#metadata(method, key, json);
  }

  #data(method: string, key: string, json: KvRequest['json']): KvReply {
    const held = this.#paths.get(key);
    const newest = held?.versions.at(-1) ?? undefined;
    if (method === 'GET' || newest === undefined) {
      if (method === 'POST') return this.#write(key, json.options?.cas, json.data ?? {});
      if (newest === undefined) return NOTHING;
      const metadata = { version: held?.versions.length, created_time: CREATED };
      return { status: 200, body: { data: { data: newest, metadata } } };
    }
    return this.#write(
      key,
      json.options?.cas,
      method === 'PATCH' ? merged(newest, json.data ?? {}) : (json.data ?? {}),
    );
  }

  #write(key: string, cas: number | undefined, data: Record<string, unknown>): KvReply {
    const held = this.#paths.get(key) ?? { versions: [], custom: {} };
    if (cas !== held.versions.length) return MOVED;
    held.versions.push(data);
    this.#paths.set(key, held);
    return { status: 200, body: { data: { version: held.versions.length } } };
  }

  #metadata(method: string, key: string, json: KvRequest['json']): KvReply {
    if (method === 'DELETE') {
      this.#paths.delete(key);
      return { status: 204 };
    }
    const held = this.#paths.get(key);
    if (held === undefined) return NOTHING;
    if (method === 'PATCH') {
      held.custom = merged(held.custom, json.custom_metadata ?? {});
      return { status: 204 };
    }
    const data = { current_version: held.versions.length, created_time: CREATED, custom_metadata: held.custom };
    return { status: 200, body: { data } };
  }

  #list(folder: string): KvReply {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    const below = [...this.#paths.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
    const keys = [...new Set(below.map((key) => key.replace(/\/.*$/, '/')))];
    return keys.length === 0 ? NOTHING : { status: 200, body: { data: { keys } } };
  }
}

/** JSON merge patch of one level, which is all that Keyturn sends. */
function merged(target: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name));
  const set = Object.entries(patch).filter(([, value]) => value !== null);
  return Object.fromEntries([...kept, ...set]);
}

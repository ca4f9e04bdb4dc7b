import { z } from 'zod';
import { isRotationError, RotationError } from '../../core/errors.ts';
import { httpFailure } from '../../core/http-failure.ts';
import type { StoredMap } from '../entries/entry-record.ts';
import { encoded } from './places.ts';
import type { VaultCall, VaultServer } from './server.ts';
import type { VaultReply } from './transport.ts';

export interface Found {
  /** The KV engine's own number of the newest version; 0 where nothing ever was. */
  readonly number: number;
  /** Undefined where there is nothing, or it was deleted. */
  readonly data: StoredMap | undefined;
}

export interface Metadata {
  readonly number: number;
  /** ISO 8601. */
  readonly created: string;
  readonly custom: StoredMap;
}

/** `moved`: the compare-and-set did not hold, and nothing was written. */
export type Written = 'written' | 'moved';

/** A KV engine of version 2. Paths are below the mount. @throws RotationError */
export interface Kv {
  readonly mount: string;
  read(path: string): Promise<Found>;
  /** Writes a whole value where the newest number is `number`. */
  create(path: string, data: StoredMap, number: number): Promise<Written>;
  /** Changes the named fields only, null takes one out, where the newest number is `number`. */
  patch(path: string, data: StoredMap, number: number): Promise<Written>;
  metadata(path: string): Promise<Metadata | undefined>;
  /** Sets the named custom metadata only. */
  mark(path: string, custom: Readonly<Record<string, string>>): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  /** Takes a path away with all that it ever held. */
  destroy(path: string): Promise<void>;
  /** @throws ConfigInvalid where the mount is of another kind, in which the same calls would write something else */
  refuseOtherEngine(): Promise<void>;
  /** What the token may do at each of the engine's paths, e.g. `data/database/orders`. */
  allowed(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** Keeps every name, `__proto__` too, which z.record drops. */
const storedMap = z.custom<StoredMap>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const foundBody = z.object({
  data: z.object({ data: storedMap.nullable(), metadata: z.object({ version: z.int() }) }),
});
const writtenBody = z.object({ data: z.object({ version: z.int() }) });
const metadataBody = z.object({
  data: z.object({ current_version: z.int(), created_time: z.string(), custom_metadata: storedMap.nullable() }),
});
const listBody = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const allowedBody = z.object({ data: z.record(z.string(), z.array(z.string())) });
const engineBody = z.object({
  data: z.object({ type: z.literal('kv'), options: z.object({ version: z.literal('2') }) }),
});
const errorBody = z.object({ errors: z.array(z.string()).min(1) });

/** What the server says, in words only. */
const MISMATCH = 'check-and-set parameter did not match';
const UPGRADING = 'Upgrading from non-versioned to versioned data';

export function kvEngine(server: VaultServer, mount: string): Kv {
  const at = (part: 'data' | 'metadata', path: string) => `${mount}/${part}/${encoded(path)}`;
  const ask = async (call: VaultCall, isHere = (_reply: VaultReply) => false): Promise<VaultReply> => {
    const reply = await server(call);
    if (reply.status < 300 || isHere(reply)) return reply;
    throw unexpected(mount, call, reply);
  };
  const write = async (call: VaultCall): Promise<Written> => {
    const reply = await ask(call, (refused) => isMismatch(refused) || isNothing(refused));
    if (reply.status >= 300) return 'moved';
    expectBody(writtenBody, reply, mount);
    return 'written';
  };
  return {
    mount,
    read: async (path) => {
      const call = { verb: 'read', path: at('data', path), capability: 'read' } as const;
      const reply = await ask(call, (refused) => isNothing(refused) || isDeleted(refused));
      if (isNothing(reply)) return { number: 0, data: undefined };
      const { data, metadata } = expectBody(foundBody, reply, mount).data;
      return { number: metadata.version, data: data ?? undefined };
    },
    create: (path, data, number) => {
      const json = { options: { cas: number }, data };
      return write({ verb: 'write', path: at('data', path), json, capability: number === 0 ? 'create' : 'update' });
    },
    patch: (path, data, number) => {
      const json = { options: { cas: number }, data };
      return write({ verb: 'patch', path: at('data', path), json, capability: 'patch' });
    },
    metadata: async (path) => {
      const reply = await ask({ verb: 'read', path: at('metadata', path), capability: 'read' }, isNothing);
      if (isNothing(reply)) return undefined;
      const { current_version, created_time, custom_metadata } = expectBody(metadataBody, reply, mount).data;
      return { number: current_version, created: created_time, custom: custom_metadata ?? {} };
    },
    mark: async (path, custom) => {
      const json = { custom_metadata: custom };
      await ask({ verb: 'patch', path: at('metadata', path), json, capability: 'patch' });
    },
    list: async (folder) => {
      const reply = await ask({ verb: 'list', path: `${at('metadata', folder)}/`, capability: 'list' }, isNothing);
      return isNothing(reply) ? [] : expectBody(listBody, reply, mount).data.keys;
    },
    destroy: async (path) => {
      await ask({ verb: 'delete', path: at('metadata', path), capability: 'delete' });
    },
    refuseOtherEngine: async () => {
      const path = `sys/internal/ui/mounts/${mount}`;
      const reply = await server({ verb: 'read', path, capability: 'read' }).catch(unlessDenied);
      if (reply !== undefined) expectBody(engineBody, reply, mount);
    },
    allowed: async (paths) => {
      const json = { paths: paths.map((path) => `${mount}/${path}`) };
      const call = { verb: 'write', path: 'sys/capabilities-self', json, capability: 'update' } as const;
      const { data } = expectBody(allowedBody, await ask(call), mount);
      return new Map(paths.map((path) => [path, data[`${mount}/${path}`] ?? []]));
    },
  };
}

/** A token without any place in the mount is not told what it is; what it lacks there, it will be told. */
function unlessDenied(error: unknown): undefined {
  if (!isRotationError(error, 'AccessDenied')) throw error;
}

function unexpected(mount: string, { path }: VaultCall, reply: VaultReply): RotationError {
  if (isMissing(reply)) return noEngine(mount);
  if (!says(reply, 400, UPGRADING)) return httpFailure(`vault ${path}`, reply.status, 'InputInvalid');
  return new RotationError('Unavailable', { subject: `vault mount ${mount}`, detail: 'it is just being set up' });
}

const hasErrors = ({ body }: VaultReply) => errorBody.safeParse(body).success;

/** A path without a value; one without an engine answers in words. */
const isNothing = (reply: VaultReply) => reply.status === 404 && !isDeleted(reply) && !hasErrors(reply);
const isMissing = (reply: VaultReply) => reply.status === 404 && hasErrors(reply);
const isDeleted = ({ status, body }: VaultReply) => status === 404 && foundBody.safeParse(body).success;

const isMismatch = (reply: VaultReply) => says(reply, 400, MISMATCH);

const says = ({ status, body }: VaultReply, expected: number, words: string) =>
  status === expected && errorBody.safeParse(body).data?.errors.some((text) => text.includes(words)) === true;

const noEngine = (mount: string) =>
  new RotationError('ConfigInvalid', { subject: `vault mount ${mount}`, detail: 'no KV engine of version 2 is there' });

function expectBody<Schema extends z.ZodType>(schema: Schema, { body }: VaultReply, mount: string): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw noEngine(mount);
}

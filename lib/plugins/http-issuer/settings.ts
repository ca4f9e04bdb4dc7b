import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { secretUrl } from '../../core/http-target.ts';
import { secretReference } from '../../core/references.ts';
import { templateProblems } from '../../core/template.ts';
import { jsonPointer } from './json-pointer.ts';

/** What each call may put into its templates. `{admin.<field>}` is a field of the referenced admin credential. */
const CALLS = {
  issue: ['name'],
  register: ['name', 'id', 'hash'],
  list: [],
  revoke: ['id'],
  lastUsed: ['id'],
  probe: ['id', 'token'],
} as const;

const ADMIN = /\{admin\.[\w-]+(:\w+)?\}/g;

/** A text that headers and bodies may hold. */
const template = (fields: readonly string[], withAdmin: boolean) =>
  z.string().superRefine((text, context) => {
    const own = withAdmin ? text.replaceAll(ADMIN, '') : text;
    for (const problem of templateProblems(own, fields)) context.addIssue({ code: 'custom', message: problem });
  });

/** A path holds no secret: names and ids only, and those are encoded as they are put in. */
const path = (fields: readonly string[]) => {
  const open = fields.filter((field) => field === 'id' || field === 'name');
  return z
    .string()
    .regex(/^\/[^\s#\\]*$/, 'expected a path that begins with a slash')
    .refine((text) => !/\{[\w.-]+:/.test(text), 'expected no encoder: what stands in a path is encoded anyway')
    .superRefine((text, context) => {
      for (const problem of templateProblems(text, open)) context.addIssue({ code: 'custom', message: problem });
    });
};

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header');

const call = (name: keyof typeof CALLS, method: 'GET' | 'POST' | 'DELETE') => {
  const fields = CALLS[name];
  const text = template(fields, name !== 'probe');
  return {
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default(method),
    path: path(fields),
    headers: z.record(headerName, text).default({}),
    /** Sent as JSON; its texts are templates. */
    body: body(text).optional(),
  };
};

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Whatever YAML can say; each text in it is a template. */
const body = (text: z.ZodType<string, string>) =>
  z.custom<Json>(isJson, 'expected what JSON can say').superRefine((value, context) => {
    for (const { path, leaf } of textsIn(value))
      for (const { message } of text.safeParse(leaf).error?.issues ?? [])
        context.addIssue({ code: 'custom', path, message });
  });

const isJson = (value: unknown): value is Json =>
  value === null ||
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (typeof value === 'object' && Object.values(value).every(isJson));

function textsIn(value: Json, path: string[] = []): { path: string[]; leaf: string }[] {
  if (typeof value === 'string') return [{ path, leaf: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => textsIn(child, [...path, key]));
}

const statuses = (...usual: number[]) => z.array(z.int().min(200).max(599)).min(1).default(usual);

/** A use of the credential. */
const use = { ...call('probe', 'GET'), accepted: statuses(200, 204), refused: statuses(401, 403) };

/** The same at a URL that is given otherwise. */
export const { path: _path, ...useOfToken } = use;

export const httpIssuerSettings = z.strictObject({
  use: z.literal('http'),
  /** What every path is appended to. */
  url: secretUrl,
  /** Certificates of the CA that signed the server's, PEM; the system's when absent. */
  caFile: z.string().min(1).optional(),
  admin: secretReference,
  /** Sent with every call but `probe`. */
  headers: z.record(headerName, template([], true)).default({}),
  timeoutSeconds: z.int().min(1).max(60).default(10),
  /** Makes a credential of a name. */
  issue: z.strictObject({ ...call('issue', 'POST'), id: jsonPointer, token: jsonPointer }).optional(),
  /** Instead of `issue`: takes the hash of a key that was made here. `taken`: it has that id already. */
  register: z.strictObject({ ...call('register', 'POST'), taken: statuses(409) }).optional(),
  /** All credentials, at once: `items` is a list, the others point into one of it. */
  list: z
    .strictObject({
      ...call('list', 'GET'),
      items: jsonPointer,
      id: jsonPointer,
      name: jsonPointer,
      lastUsed: jsonPointer.optional(),
    })
    .optional(),
  /** `gone`: there is no such id. */
  revoke: z.strictObject({ ...call('revoke', 'DELETE'), gone: statuses(404, 410) }),
  /** When one was used last: ISO 8601 or epoch seconds; null is never. */
  lastUsed: z.strictObject({ ...call('lastUsed', 'GET'), at: jsonPointer, gone: statuses(404, 410) }).optional(),
  /** By how much a use may show late. */
  lastUsedLag: duration.prefault('0s'),
  /** Whether `null` alone means that it was never used, or a missing field as well. */
  missingIsNever: z.boolean().default(false),
  /** Uses the credential, and nothing of the admin's. */
  probe: z.strictObject(use),
});

export type HttpIssuerSettings = z.output<typeof httpIssuerSettings>;
export type HttpCall = Pick<HttpIssuerSettings['probe'], 'method' | 'path' | 'headers' | 'body'>;

const exactlyOne = ({ issue, register }: HttpIssuerSettings) => (issue === undefined) !== (register === undefined);
const findsLost = ({ issue, list }: HttpIssuerSettings) => issue === undefined || list !== undefined;

/** With what must hold between the keys. */
export const httpIssuerConfig = httpIssuerSettings
  .refine(exactlyOne, { path: ['issue'], error: 'expected either issue or register' })
  .refine(findsLost, {
    path: ['list'],
    error: 'expected list: what a lost reply of issue has made is found by its name and revoked',
  });

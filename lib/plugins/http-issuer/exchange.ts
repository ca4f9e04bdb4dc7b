import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorCode, RotationError } from '../../core/errors.ts';
import type { FetchResponse } from '../../core/fetch.ts';
import { httpFailure } from '../../core/http-failure.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { renderTemplate } from '../../core/template.ts';
import type { HttpCall, HttpIssuerSettings } from './settings.ts';

export interface Request {
  /** For messages: `issue`, `revoke` ... */
  readonly name: string;
  readonly call: HttpCall;
  /** What the call's templates may use. */
  readonly values: Readonly<Record<string, string>>;
  /** Statuses that the caller looks into; 200 to 299 when absent. */
  readonly expected?: readonly number[];
}

/** @throws AccessDenied, Unavailable, Throttled, OutcomeUnknown, Conflict, ConfigInvalid; never with a word of the server's */
export type Exchange = (request: Request) => Promise<FetchResponse>;

type Settings = Pick<HttpIssuerSettings, 'url' | 'caFile' | 'timeoutSeconds'>;

/** Calls one server. `shared` are headers that go with every call of this exchange. */
export function exchangeWith(
  settings: Settings,
  { fetch, baseDir }: Pick<PluginDeps, 'fetch' | 'baseDir'>,
  shared: Readonly<Record<string, string>> = {},
): Exchange {
  return async ({ name, call, values, expected = [] }) => {
    const url = urlOf(settings.url, call.path, values);
    const ca = settings.caFile === undefined ? undefined : await readCa(resolve(baseDir, settings.caFile));
    const reply = await fetch(url, {
      method: call.method,
      timeoutMs: settings.timeoutSeconds * 1000,
      ...(ca !== undefined && { ca }),
      ...contentOf(call, shared, values),
    });
    if (reply.status < 300 || expected.includes(reply.status)) return reply;
    throw failure(`${name} at ${new URL(url).host}`, call, reply.status);
  };
}

/** Headers and body of a call, filled in. */
export function contentOf(
  call: Pick<HttpCall, 'headers' | 'body'>,
  shared: HttpCall['headers'],
  values: Request['values'],
) {
  const headers = filled({ Accept: 'application/json', ...shared, ...call.headers }, values);
  if (call.body === undefined) return { headers };
  const body = JSON.stringify(call.body, (_key, value: unknown) =>
    typeof value === 'string' ? renderTemplate(value, values) : value,
  );
  return { headers: { 'Content-Type': 'application/json', ...headers }, body };
}

const filled = (texts: HttpCall['headers'], values: Request['values']) =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, renderTemplate(text, values)]));

/** Names and ids are encoded; what a browser would read as another path is refused. */
function urlOf(base: string, path: string, values: Request['values']): string {
  const encoded = Object.entries(values).map(([key, value]) => [key, encodeURIComponent(value)]);
  const text = base.replace(/\/$/, '') + renderTemplate(path, Object.fromEntries(encoded));
  const url = new URL(text);
  if (text.endsWith(url.pathname + url.search)) return url.href;
  throw new RotationError('ConfigInvalid', {
    subject: `path ${path}`,
    detail: 'it leads elsewhere once it is filled in',
  });
}

/** What broke inside the server may have had its effect. */
function failure(subject: string, { method }: HttpCall, status: number): RotationError {
  const code = `http-${status}`;
  if (status >= 500 && method !== 'GET') return new RotationError('OutcomeUnknown', { subject, code });
  return httpFailure(subject, status, status === 409 ? 'Conflict' : 'ConfigInvalid');
}

/** @throws StorageFailed */
async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('StorageFailed', { subject: `CA file ${path}`, ...(code && { code }) });
  }
}

import { RotationError } from '../../core/errors.ts';
import type { FetchResponse } from '../../core/fetch.ts';
import { httpFailure } from '../../core/http-failure.ts';
import { shownUrl } from '../../core/http-target.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { filledHeaders } from '../channels/secret-headers.ts';
import type { Place } from './publication.ts';
import type { Publication } from './target.ts';

type HttpPublication = Extract<Publication, { to: 'http' }>;

interface Found {
  readonly text: string | undefined;
  /** What the server must still have for a PUT to count. */
  readonly condition: Readonly<Record<string, string>>;
}

const TRIES = 5;

/** A document at a URL: read by GET, replaced by PUT, under its ETag where the server gives one. */
export function httpPlace(options: HttpPublication, deps: PluginDeps): Place {
  const subject = `JWKS ${shownUrl(options.url)}`;
  const timeoutMs = options.timeoutSeconds * 1000;
  const look = async (): Promise<Found> => {
    const headers = {
      Accept: 'application/json',
      'Cache-Control': 'no-cache',
      ...(await filledHeaders(options, deps)),
    };
    return foundIn(await deps.fetch(options.url, { headers, timeoutMs }), subject);
  };
  /** @returns whether nobody else had changed it */
  const put = async (body: string, condition: Found['condition']): Promise<boolean> => {
    const own = { 'Content-Type': 'application/jwk-set+json', ...condition };
    const headers = { ...own, ...(await filledHeaders(options, deps)) };
    const { status } = await deps.fetch(options.url, { method: 'PUT', headers, body, timeoutMs });
    if (status === 412) return false;
    if (status >= 500) throw new RotationError('OutcomeUnknown', { subject, code: `http-${status}` });
    if (status < 200 || status > 299) throw httpFailure(subject, status, 'ConfigInvalid');
    return true;
  };
  return {
    subject,
    read: async () => (await look()).text,
    edit: async (change) => {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const { text, condition } = await look();
        const next = change(text);
        if (next === undefined) return 'not-applied';
        if (await put(next, condition)) return 'applied';
      }
      throw new RotationError('Conflict', { subject, detail: `it changed ${TRIES} times meanwhile` });
    },
  };
}

async function foundIn(reply: FetchResponse, subject: string): Promise<Found> {
  if (reply.status === 404) return { text: undefined, condition: { 'If-None-Match': '*' } };
  if (reply.status !== 200) throw httpFailure(subject, reply.status, 'ConfigInvalid');
  const tag = reply.header('etag');
  return { text: await reply.text(), condition: tag === undefined ? {} : { 'If-Match': tag } };
}

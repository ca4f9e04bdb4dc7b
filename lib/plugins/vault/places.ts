import { RotationError } from '../../core/errors.ts';

/** Where pending values lie, below the mount: apart from what consumers may read. */
const PENDING = '_pending';

/** Below the mount: where an entry's value and its pending ones lie. */
export interface Places {
  readonly live: string;
  readonly folder: string;
  pending(version: string): string;
}

/** @throws ConfigInvalid for a path that could mean another place than it says */
export function placesOf(path: string): Places {
  const segments = path.split('/');
  if (segments.some((segment) => /^(\.*)$|[\p{Cc}*+]|^\s|\s$/u.test(segment)) || segments[0] === PENDING) {
    const detail = `segments may not be empty, dots, ${PENDING} at the start, or hold * or +`;
    throw new RotationError('ConfigInvalid', { subject: `path ${path}`, detail });
  }
  const folder = `${PENDING}/${path}`;
  return { live: path, folder, pending: (version) => `${folder}/${version}` };
}

/** As it stands in a URL. */
export const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

import { RotationError } from '../../core/errors.ts';
import type { Parameter, ParameterApi } from './parameter-api.ts';

/** The tag beside a parameter: which version of which secret its write of that number carries, told before the write. */
export const MARKER = 'keyturn.version';

export interface Marker {
  readonly version: string;
  /** The parameter's own number of the write. */
  readonly number: number;
  readonly secretId: string;
}

export const markerText = ({ version, number, secretId }: Marker): string => `${version} ${number} ${secretId}`;

export async function readMarker(api: ParameterApi): Promise<Marker | undefined> {
  const match = /^(\S+) (\d+) (.+)$/.exec((await api.tag(MARKER)) ?? '');
  if (match === null) return undefined;
  const [, version = '', number, secretId = ''] = match;
  return { version, number: Number(number), secretId };
}

/**
 * The service overwrites without a question, so that what another writer did is looked for beforehand: a write that no
 * marker announced.
 *
 * @throws Conflict
 */
export function refuseForeign(api: ParameterApi, found: Parameter, marker: Marker | undefined, secretId: string): void {
  if (marker === undefined) return;
  if (marker.secretId !== secretId) throw conflict(api, `it carries ${marker.secretId}`);
  if (found.number === marker.number || found.number === marker.number - 1) return;
  throw conflict(
    api,
    `another writer made its version ${found.number}; to have it overwritten, remove its tag ${MARKER}`,
  );
}

export const conflict = ({ name }: ParameterApi, detail: string): RotationError =>
  new RotationError('Conflict', { subject: `parameter ${name}`, detail });

import { RotationError } from '../../core/errors.ts';
import type { Change, Clock } from '../../core/ports.ts';
import { untilSeen } from '../aws/until-seen.ts';
import { conflict, MARKER, markerText, readMarker, refuseForeign } from './marker.ts';
import type { Parameter, ParameterApi } from './parameter-api.ts';

export interface Write {
  readonly secretId: string;
  readonly version: string;
  readonly value: string;
  readonly kmsKeyId: string | undefined;
}

/** @throws Conflict when another writer changed the parameter, ConfigInvalid for one of another type */
export async function writeParameter(api: ParameterApi, write: Write, clock: Clock): Promise<Change> {
  const found = await api.get();
  if (found !== undefined) return overwrite(api, found, write, clock);
  const first = markerText({ ...write, number: 1 });
  const created = await api.create(write.value, write.kmsKeyId, [MARKER, first]);
  if (created === undefined) throw conflict(api, 'another writer made it meanwhile');
  await seen(api, created, clock);
  return 'applied';
}

/** The marker comes first: a write that was cut off after it is known for ours by its number. */
async function overwrite(api: ParameterApi, found: Parameter, write: Write, clock: Clock): Promise<Change> {
  const { secretId, version, value } = write;
  if (found.type !== 'SecureString') {
    const detail = `it is of type ${found.type}, and stays so: name one of type SecureString`;
    throw new RotationError('ConfigInvalid', { subject: `parameter ${api.name}`, detail });
  }
  const marker = await readMarker(api);
  const isThere = found.value === value;
  if (isThere && marker?.version === version && marker.number === found.number && marker.secretId === secretId) {
    return 'not-applied';
  }
  refuseForeign(api, found, marker, secretId);
  const number = isThere ? found.number : found.number + 1;
  await api.setTag(MARKER, markerText({ version, number, secretId }));
  if (isThere) return 'applied';
  const written = await api.overwrite(value);
  if (written !== number) throw conflict(api, `another writer made its version ${number} meanwhile; see its history`);
  await seen(api, written, clock);
  return 'applied';
}

const seen = (api: ParameterApi, number: number, clock: Clock): Promise<true> =>
  untilSeen(clock, `version ${number} of parameter ${api.name}`, async () => {
    const found = await api.get();
    return found !== undefined && found.number >= number ? true : undefined;
  });

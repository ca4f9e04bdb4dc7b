import { z } from 'zod';
import { type ErrorName, isRotationError, RotationError } from '../../core/errors.ts';
import type { KubeClient } from './kube-client.ts';
import { NAMESPACES, type ObjectRef, shownRef } from './object-ref.ts';

/** The error for an object that is not there: it says so when its namespace is missing too, where that may be known. */
export async function absent(
  client: KubeClient,
  ref: ObjectRef,
  name: ErrorName,
  hint: string,
): Promise<RotationError> {
  const subject = `${shownRef(ref)} on cluster ${client.cluster}`;
  const detail = (await isThere(client, ref.namespace))
    ? `it is not there${hint}`
    : `namespace ${ref.namespace} is missing`;
  return new RotationError(name, { subject, detail });
}

/** A login that may not ask is no reason to say that the namespace is missing. */
async function isThere(client: KubeClient, name: string): Promise<boolean> {
  try {
    return (await client.get({ ...NAMESPACES, namespace: name, name }, z.unknown())) !== undefined;
  } catch (error) {
    if (isRotationError(error, 'AccessDenied')) return true;
    throw error;
  }
}

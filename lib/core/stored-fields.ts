import { RotationError } from './errors.ts';
import type { SecretRef } from './ports.ts';
import { type Fields, Secret } from './secret.ts';

/** Field names as the backend has them; a ref without fields (type `external`) takes every name as it is. */
export const storedNames = (ref: SecretRef): string[] => Object.values(ref.fields).sort();

/** A value under the names that it has in the backend. @throws InputInvalid for a field that has no name there */
export function toStored(ref: SecretRef, value: Secret): Fields {
  const renamed = Object.entries(value.reveal()).map(([logical, text]) => [storedName(ref, logical), text]);
  return Object.fromEntries(renamed);
}

/** The part of what lies at the path that belongs to the ref, under its own field names. */
export function fromStored(ref: SecretRef, stored: Fields): Secret {
  if (isFree(ref)) return Secret.of(stored);
  const own = Object.entries(ref.fields).filter(([, name]) => Object.hasOwn(stored, name));
  return Secret.of(Object.fromEntries(own.map(([logical, name]) => [logical, stored[name] ?? ''])));
}

/** What lies at the path with the ref's part replaced; the fields of other entries stay as they are. */
export function mergeStored(ref: SecretRef, found: Fields, value: Secret): Fields {
  const own = new Set(isFree(ref) ? Object.keys(found) : storedNames(ref));
  const siblings = Object.entries(found).filter(([name]) => !own.has(name));
  return Object.fromEntries([...siblings, ...Object.entries(toStored(ref, value))]);
}

const isFree = (ref: SecretRef) => Object.keys(ref.fields).length === 0;

function storedName(ref: SecretRef, logical: string): string {
  if (isFree(ref)) return logical;
  const name = Object.hasOwn(ref.fields, logical) ? ref.fields[logical] : undefined;
  if (name !== undefined) return name;
  const detail = `field ${logical} is none of ${Object.keys(ref.fields).join(', ')}`;
  throw new RotationError('InputInvalid', { subject: `value for ${ref.path}`, detail });
}

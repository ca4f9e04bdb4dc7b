import { createHash } from 'node:crypto';
import type { Stage } from './rotation.ts';

const digest = (...parts: readonly string[]) => createHash('sha256').update(parts.join('\u0000')).digest();

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32 without padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => BASE32.charAt(Number.parseInt(group, 2))).join('');
}

/** The same secret and cause give the same rotation, whatever is started twice. */
export function rotationIdOf(secretId: string, causeId: string): string {
  return `r-${base32(digest(secretId, causeId)).slice(0, 20)}`;
}

/** What has asked for a secret once has one ticket for it, however often its request arrives. */
export function ticketOf(secretId: string, askedBy: string): string {
  return `t-${base32(digest('ticket', secretId, askedBy)).slice(0, 26)}`;
}

/** 32 hex digits of SHA-256(secret, cause, generation, stage): a retry cannot make a second value. */
export function versionIdOf(secretId: string, causeId: string, generation: 1 | 2, stage: Stage = 'whole'): string {
  const leg = stage === 'whole' ? [] : [stage];
  return digest(secretId, causeId, String(generation), ...leg)
    .toString('hex')
    .slice(0, 32);
}

/** Deterministic and at most 80 characters: a double start is one run; a recovery is the next attempt. */
export function executionNameOf(type: string, secretId: string, causeId: string, attempt: number): string {
  return `${type}-${base32(digest(secretId, causeId, String(attempt))).slice(0, 20)}-${attempt}`;
}

/** The id of the approval that a rotation waits on: one per kind, fence and round. */
export function approvalIdOf(rotationId: string, kind: string, fence: number): string {
  return `a-${base32(digest(rotationId, kind, String(fence))).slice(0, 12)}`;
}

import { beforeEach, describe, expect, it } from 'vitest';
import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';

export const V1 = '1'.repeat(32);
export const V2 = '2'.repeat(32);
export const V3 = '3'.repeat(32);
export const ref: SecretRef = { path: 'database/orders', fields: { username: 'pg_username', password: 'pg_password' } };
export const login = (password: string) => Secret.of({ username: 'orders_a', password });

export const reveal = async (client: BackendClient, of: SecretRef, version: string) =>
  (await client.read(of, version)).value.reveal();

export const states = async (client: BackendClient, of: SecretRef) => {
  const { current, previous, pending } = await client.versions(of);
  return { current: current?.version, previous: previous?.version, pending: pending.map(({ version }) => version) };
};

/** Keeps a value and makes it current. */
export const put = async (client: BackendClient, of: SecretRef, version: string, value: Secret, before?: string) => {
  await client.stage(of, version, value);
  await client.promote(of, version, before);
};

export interface OpenedBackend {
  readonly client: BackendClient;
  /** A second client on the same store, as another process has it. */
  another(): Promise<BackendClient>;
}

/** How versions of one secret move between pending, current and previous, in every backend. */
export function backendVersionsContract(opened: () => OpenedBackend): void {
  let client: BackendClient;
  beforeEach(() => {
    ({ client } = opened());
  });

  describe('an empty store', () => {
    it('has no value', async () => {
      for (const version of ['current', V1]) {
        await expect(client.read(ref, version)).rejects.toMatchObject({ name: 'SecretNotFound' });
      }
      await expect(client.promote(ref, V1, undefined)).rejects.toMatchObject({ name: 'SecretNotFound' });
    });

    it('has no versions, and nothing to discard', async () => {
      expect(await states(client, ref)).toEqual({ current: undefined, previous: undefined, pending: [] });
      expect(await client.discard(ref, V1)).toBe('not-applied');
    });
  });

  describe('stage', () => {
    it('keeps a value as pending, never readable as current', async () => {
      expect(await client.stage(ref, V1, login('one'))).toBe('applied');
      expect(await reveal(client, ref, V1)).toEqual(login('one').reveal());
      await expect(client.read(ref, 'current')).rejects.toMatchObject({ name: 'SecretNotFound' });
      expect(await states(client, ref)).toEqual({ current: undefined, previous: undefined, pending: [V1] });
    });

    it('twice is once', async () => {
      await client.stage(ref, V1, login('one'));
      expect(await client.stage(ref, V1, login('one'))).toBe('not-applied');
      expect((await states(client, ref)).pending).toEqual([V1]);
    });

    it('refuses another value under the same id, also when it is current', async () => {
      await client.stage(ref, V1, login('one'));
      await expect(client.stage(ref, V1, login('two'))).rejects.toMatchObject({ name: 'VersionConflict' });
      await client.promote(ref, V1, undefined);
      await expect(client.stage(ref, V1, login('two'))).rejects.toMatchObject({ name: 'VersionConflict' });
      expect(await client.stage(ref, V1, login('one'))).toBe('not-applied');
      expect(await reveal(client, ref, 'current')).toEqual(login('one').reveal());
    });

    it('refuses a field that has no name in the backend', async () => {
      await expect(client.stage(ref, V1, Secret.of({ other: 'x' }))).rejects.toMatchObject({ name: 'InputInvalid' });
    });

    it('is durable when it returns', async () => {
      await client.stage(ref, V1, login('one'));
      expect(await reveal(await opened().another(), ref, V1)).toEqual(login('one').reveal());
    });
  });

  describe('promote', () => {
    it('makes a pending version current and keeps the old one', async () => {
      await put(client, ref, V1, login('one'));
      await client.stage(ref, V2, login('two'));
      expect(await client.promote(ref, V2, V1)).toBe('applied');
      expect(await states(client, ref)).toEqual({ current: V2, previous: V1, pending: [] });
      expect(await reveal(client, ref, 'current')).toEqual(login('two').reveal());
      expect(await reveal(client, ref, V1)).toEqual(login('one').reveal());
    });

    it('twice is harmless', async () => {
      await put(client, ref, V1, login('one'));
      await put(client, ref, V2, login('two'), V1);
      expect(await client.promote(ref, V2, V1)).toBe('not-applied');
      expect(await states(client, ref)).toEqual({ current: V2, previous: V1, pending: [] });
    });

    it.each([undefined, V3])('refuses when the current version is not %s', async (expected) => {
      await put(client, ref, V1, login('one'));
      await client.stage(ref, V2, login('two'));
      await expect(client.promote(ref, V2, expected)).rejects.toMatchObject({ name: 'Conflict' });
      expect(await states(client, ref)).toEqual({ current: V1, previous: undefined, pending: [V2] });
    });

    it('refuses a first value where another is expected', async () => {
      await client.stage(ref, V1, login('one'));
      await expect(client.promote(ref, V1, V3)).rejects.toMatchObject({ name: 'Conflict' });
    });

    it('keeps one previous version: the last', async () => {
      await put(client, ref, V1, login('one'));
      await put(client, ref, V2, login('two'), V1);
      await put(client, ref, V3, login('three'), V2);
      expect(await states(client, ref)).toEqual({ current: V3, previous: V2, pending: [] });
    });

    it('never brings a previous version back', async () => {
      await put(client, ref, V1, login('one'));
      await put(client, ref, V2, login('two'), V1);
      await expect(client.promote(ref, V1, V2)).rejects.toMatchObject({ name: 'Conflict' });
    });

    it('lets one of two at the same moment win', async () => {
      const other = await opened().another();
      await put(client, ref, V1, login('one'));
      await client.stage(ref, V2, login('two'));
      await client.stage(ref, V3, login('three'));
      const results = await Promise.allSettled([client.promote(ref, V2, V1), other.promote(ref, V3, V1)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const { current, previous, pending } = await states(client, ref);
      expect([current, ...pending].sort()).toEqual([V2, V3]);
      expect(previous).toBe(V1);
    });
  });

  describe('demote', () => {
    beforeEach(async () => {
      await put(client, ref, V1, login('one'));
      await put(client, ref, V2, login('two'), V1);
    });

    it('takes a version back and makes the previous one current again', async () => {
      expect(await client.demote(ref, V2, V1)).toBe('applied');
      expect(await states(client, ref)).toEqual({ current: V1, previous: undefined, pending: [V2] });
      expect(await reveal(client, ref, 'current')).toEqual(login('one').reveal());
    });

    it('twice is harmless, also after a discard', async () => {
      await client.demote(ref, V2, V1);
      expect(await client.demote(ref, V2, V1)).toBe('not-applied');
      await client.discard(ref, V2);
      expect(await client.demote(ref, V2, V1)).toBe('not-applied');
    });

    it.each([
      [V2, V3],
      [V3, V1],
      [V1, V2],
    ])('refuses to go from %s to %s', async (version, previous) => {
      await expect(client.demote(ref, version, previous)).rejects.toMatchObject({ name: 'Conflict' });
      expect(await states(client, ref)).toEqual({ current: V2, previous: V1, pending: [] });
    });
  });

  describe('discard', () => {
    it('forgets a pending version', async () => {
      await client.stage(ref, V1, login('one'));
      expect(await client.discard(ref, V1)).toBe('applied');
      expect(await client.discard(ref, V1)).toBe('not-applied');
      await expect(client.read(ref, V1)).rejects.toMatchObject({ name: 'SecretNotFound' });
    });

    it('keeps what is current or previous', async () => {
      await put(client, ref, V1, login('one'));
      await put(client, ref, V2, login('two'), V1);
      for (const version of [V1, V2]) {
        await expect(client.discard(ref, version)).rejects.toMatchObject({ name: 'Conflict' });
      }
      expect(await states(client, ref)).toEqual({ current: V2, previous: V1, pending: [] });
    });
  });
}

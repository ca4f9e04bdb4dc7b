import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { fromStored, mergeStored, storedNames, toStored } from '../../lib/core/stored-fields.ts';

const ref = { path: 'database/orders', fields: { username: 'pg_username', password: 'pg_password' } };
const free = { path: 'external/webhook', fields: {} };
const login = Secret.of({ username: 'orders_a', password: 'one' });

describe('stored fields', () => {
  it('have the names of the backend', () => {
    expect(storedNames(ref)).toEqual(['pg_password', 'pg_username']);
    expect(toStored(ref, login)).toEqual({ pg_username: 'orders_a', pg_password: 'one' });
    expect(fromStored(ref, { pg_username: 'a', pg_password: 'b', other: 'c' }).reveal()).toEqual({
      username: 'a',
      password: 'b',
    });
  });

  it('keep their names where the ref gives none', () => {
    expect(toStored(free, Secret.of({ url: 'x' }))).toEqual({ url: 'x' });
    expect(fromStored(free, { url: 'x' }).reveal()).toEqual({ url: 'x' });
  });

  it('leave those of siblings as they are', () => {
    const found = { pg_username: 'old', pg_password: 'old', api_key: 'k' };
    expect(mergeStored(ref, found, login)).toEqual({ api_key: 'k', pg_username: 'orders_a', pg_password: 'one' });
    expect(mergeStored(free, { gone: 'x' }, Secret.of({ url: 'y' }))).toEqual({ url: 'y' });
  });

  it('refuse a field that the ref does not name, so that it cannot hit a sibling', () => {
    expect(() => toStored(ref, Secret.of({ api_key: 'x' }))).toThrow(expect.objectContaining({ name: 'InputInvalid' }));
    expect(() => toStored(ref, Secret.of({ constructor: 'x' }))).toThrow(
      expect.objectContaining({ name: 'InputInvalid' }),
    );
  });

  it('come back as they went, and siblings are untouched, whatever the names', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString'));
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 4, maxLength: 4 }),
        fc.string(),
        fc.string(),
        (names, mine, theirs) => {
          const [logical = '', stored = '', other = ''] = names;
          const one = { path: 'p', fields: Object.fromEntries([[logical, stored]]) };
          const merged = mergeStored(
            one,
            Object.fromEntries([[other, theirs]]),
            Secret.of(Object.fromEntries([[logical, mine]])),
          );
          expect(fromStored(one, merged).field(logical)).toBe(mine);
          expect(Object.entries(merged)).toContainEqual([other, theirs]);
        },
      ),
    );
  });
});

import { expect, it } from 'vitest';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';
import { ADMIN_RULES } from '../support/redis-world.ts';
import { readSource } from '../support/sources.ts';

const page = readSource('docs/redis.md');

it('the example of docs/redis.md holds', () => {
  const [, secrets = ''] = /```yaml keyturn.yaml\n(.*?)```/s.exec(page) ?? [];
  const head = 'version: 1\norganization: o\nenvironments: { production: {} }\nbackends: { store: { use: local } }\n';
  const people = 'people: { security: [a], manager: [b] }\n';
  const result = parseConfig(head + people + secrets, builtIn);
  expect(secrets).toContain('type: redis');
  expect('errors' in result ? result.errors : []).toEqual([]);
});

it('the permissions of the admin user are those that the tests give it', () => {
  expect(page).toContain(ADMIN_RULES.join(' '));
});

import { expect, it } from 'vitest';
import { configPage } from '../../scripts/config-page.ts';
import { readSource } from '../support/sources.ts';

it('docs/configuration.md shows the keys of every plugin', () => {
  expect(readSource('docs/configuration.md')).toBe(configPage());
});

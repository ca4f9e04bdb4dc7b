import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSource, sourcesBelow } from '../support/sources.ts';

const product = ['bin', 'lib', 'lambdas'].flatMap(sourcesBelow);

const lines = (file: string) => readSource(file).split('\n').length - 1;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe('the tree', () => {
  it('is at most three folders deep', () => {
    expect(product.filter((file) => file.split('/').length > 4)).toEqual([]);
  });

  it('has kebab-case names, and no drawer for odds and ends', () => {
    expect(product.filter((file) => !/^[a-z0-9-]+\.ts$/.test(basename(file)))).toEqual([]);
    expect(product.filter((file) => /(^|\/)(utils?|helpers?|misc|common)\.ts$/.test(file))).toEqual([]);
  });

  it('has barrels only as registries', () => {
    const registries = /^lib\/(plugins\/[a-z-]+|core\/steps|asl\/[a-z]+)\/index\.ts$/;
    expect(product.filter((file) => basename(file) === 'index.ts' && !registries.test(file))).toEqual([]);
  });

  it('keeps files small', () => {
    const sizes = product.map((file) => ({ file, lines: lines(file) }));
    expect(median(sizes.map((size) => size.lines))).toBeLessThan(120);
    expect(sizes.filter((size) => size.lines > 300)).toEqual([]);
  });

  it('has no default exports', () => {
    expect(product.filter((file) => /^export default /m.test(readSource(file)))).toEqual([]);
  });
});

describe('the core', () => {
  it('has no clock, randomness or environment of its own', () => {
    const forbidden = /\b(Date\.now\(|new Date\(\)|Math\.random\(|process\.|randomBytes|randomUUID)/;
    const guilty = sourcesBelow('lib/core').filter((file) => forbidden.test(readSource(file)));
    expect(guilty).toEqual([]);
  });
});

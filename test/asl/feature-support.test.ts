import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MachineRefused } from '../../lib/asl/errors.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import { AVOIDED } from '../peers/oracle/avoided.ts';
import { DIFFERENCES } from '../peers/oracle/differences.ts';

const at = (path: string) => new URL(path, import.meta.url);
const page = readFileSync(at('../../docs/feature-support.md'), 'utf8');
const section = (title: string) => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

/** The rules against features of the language that this interpreter does not run. */
const REFUSING = [
  'jsonpath',
  'distributed-map',
  'iterator',
  'credentials',
  'activity',
  'unsupported-resource',
  'unknown-argument',
];

function refusalOf(fixture: string): string {
  try {
    compileMachine(readFileSync(at(`invalid-${fixture}.asl.json`), 'utf8'), { name: 'm' });
    return 'nothing';
  } catch (error) {
    if (!(error instanceof MachineRefused)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => `\`${line.trim()}\``)
      .join('<br>');
  }
}

describe('docs/feature-support.md', () => {
  it.each(
    [...page.matchAll(/\(\.\.\/test\/asl\/([\w-]+\.test\.ts)\) \*([^|]+?)\*(?=,| \|)/g)].map(([, file, title]) => [
      file,
      title,
    ]),
  )('names a test that is there: %s, %s', (file = '', title = '') => {
    expect(readFileSync(at(file), 'utf8')).toContain(title);
  });

  it('has a test for each feature', () => {
    const rows = (page.split('## Limits')[0] ?? '').split('\n').filter((line) => /^\| [^*f-]/.test(line));
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => !row.includes('.test.ts)'))).toEqual([]);
  });

  it('has each difference from the second engine that its tests know, and no other', () => {
    const listed = section('Differences from the second engine')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(1);
    const names = listed.map((line) => line.split(' | ')[0]?.slice(2));
    expect(names.toSorted()).toEqual([...DIFFERENCES, ...AVOIDED].map(({ name }) => name).toSorted());
  });

  it('has the exact error of each refused feature, and of all of them', () => {
    const rows = section('Refused')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(1);
    const listed = rows.map((line) => line.slice(2, -2).split(' | '));
    const fixtures = readdirSync(at('.'))
      .map((file) => /^invalid-(.+)\.asl\.json$/.exec(file)?.[1] ?? '')
      .filter((name) => REFUSING.some((rule) => name.startsWith(`${rule}-`)));
    expect(listed.toSorted()).toEqual(fixtures.map((name) => [name, refusalOf(name)]).toSorted());
  });
});

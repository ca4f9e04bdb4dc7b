import { describe, expect, it } from 'vitest';
import { MachineRefused } from '../../lib/asl/errors.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import { stage } from './play.ts';

const definition = (output: unknown, top: object = {}) =>
  JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Only',
    States: { Only: { Type: 'Pass', Output: output, End: true } },
    ...top,
  });

/** A placeholder. */
const at = (name: string) => ['$', `{${name}}`].join('');

const refusals = (text: string, substitutions?: Record<string, string>) => {
  try {
    compileMachine(text, { name: 'm', ...(substitutions && { substitutions }) });
  } catch (error) {
    if (error instanceof MachineRefused) return error.findings.map(({ rule, path, field }) => [rule, path, field]);
    throw error;
  }
  return [];
};

describe('substitutions', () => {
  it('replace placeholders in the text, whatever the values hold', async () => {
    const substitutions = { Name: 'a "quoted" \\ $& value', Other: 'x' };
    const machine = compileMachine(definition(`${at('Name')}-${at('Other')}-${at('Name')}`), {
      name: 'm',
      substitutions,
    });
    expect((await stage().play(machine)).output).toBe(`${substitutions.Name}-x-${substitutions.Name}`);
  });

  it('must have a value for each placeholder', () => {
    expect(refusals(definition(`${at('One')} ${at('toString')}`), { Two: 'x' })).toEqual([
      ['unresolved-placeholder', '', undefined],
    ]);
  });

  it('leave the text alone when none are given', async () => {
    const machine = compileMachine(definition(at('One')), { name: 'm' });
    expect((await stage().play(machine)).output).toBe(at('One'));
  });
});

describe('a definition', () => {
  it('that is no JSON is refused as such', () => {
    expect(refusals('{')).toEqual([['invalid-json', '', undefined]]);
  });

  it.each(['null', '[]', '"text"', '1'])('that is %s is refused', (text) => {
    expect(refusals(text).length).toBeGreaterThan(0);
  });

  it('is refused with every reason, each with its place and a remedy', () => {
    const bad = {
      StartAt: 'A',
      QueryLanguage: 'JSONata',
      States: { A: { Type: 'Pass', InputPath: '$', Next: 'Nowhere' } },
    };
    expect(() => compileMachine(JSON.stringify(bad), { name: 'm' })).toThrow(/state machine m is refused:\n.*\n.*/);
    const found = refusals(JSON.stringify(bad));
    expect(found).toContainEqual(['jsonpath', 'States.A', 'InputPath']);
    expect(found).toContainEqual(['dangling-transition', 'States.A', 'Next']);
  });

  it('has an id that follows from its name and its text', () => {
    const id = (name: string, output: string) => compileMachine(definition(output), { name }).id;
    expect(id('m', 'a')).toBe(id('m', 'a'));
    expect(new Set([id('m', 'a'), id('m', 'b'), id('n', 'a')]).size).toBe(3);
  });
});

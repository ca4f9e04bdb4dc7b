import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lint } from '../../lib/asl/lint/lint.ts';
import { ERRORS, isErrorName } from '../../lib/core/errors.ts';
import { readSource, root } from '../support/sources.ts';

const files = readdirSync(join(root, 'state-machines')).filter((name) => name.endsWith('.asl.json'));
const retriers = z.array(z.looseObject({ ErrorEquals: z.array(z.string()) }));

/** Every name below a `Retry`, wherever its state lies. */
function retried(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'Retry' ? retriers.parse(child).flatMap((retrier) => retrier.ErrorEquals) : retried(child),
  );
}

/** What the flows with stages have otherwise than `overlap`: where a failure goes, and what comes after a stage. */
const OWN = [
  'NotifyValue',
  'AskValue',
  'ConfirmValue',
  'ValueDecision',
  'Begin',
  'Enter',
  'Generate',
  'Regenerate',
  'Grace',
  'GateOpen',
  'Direction',
  'VerifyRefused',
  'PersonDecision',
];

const machine = z.object({ States: z.record(z.string(), z.unknown()) });
const statesOf = (flow: string): Record<string, unknown> =>
  machine.parse(JSON.parse(readSource(`state-machines/${flow}.asl.json`).replaceAll('"Failing"', '"Assess"'))).States;

describe('the flows', () => {
  it.each(['keyring', 'reissue'])('overlap and %s have the same states where they mean the same', (flow) => {
    const [theirs, ours] = [statesOf('overlap'), statesOf(flow)];
    const different = Object.keys(theirs).filter((name) => JSON.stringify(theirs[name]) !== JSON.stringify(ours[name]));
    expect(different.filter((name) => !OWN.includes(name))).toEqual([]);
  });

  it('keyring is reissue and the rewrapping', () => {
    const [keyring, reissue] = [statesOf('keyring'), statesOf('reissue')];
    const different = Object.keys(keyring).filter(
      (name) => JSON.stringify(keyring[name]) !== JSON.stringify(reissue[name]),
    );
    expect(different).toEqual(['StageDone', 'Rewrap', 'Rewrapped', 'RewrapAgain']);
    expect(Object.keys(reissue).filter((name) => !(name in keyring))).toEqual([]);
  });
});

describe.each(files)('state-machines/%s', (file) => {
  const definition: unknown = JSON.parse(readSource(`state-machines/${file}`));

  it("keeps the language's rules and the project's", () => {
    expect(lint(definition, { profile: 'project', errorNames: Object.keys(ERRORS) })).toEqual([]);
  });

  it('retries what may pass, and of definite answers only a consumer that has not come round yet', () => {
    const definite = retried(definition).filter((name) => isErrorName(name) && !ERRORS[name].retryable);
    const starts = ['fleet.asl.json', 'intake.asl.json'].includes(file);
    expect(new Set(definite)).toEqual(new Set(starts ? [] : ['ConsumerRejected']));
  });
});

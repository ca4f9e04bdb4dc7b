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

describe.each(files)('state-machines/%s', (file) => {
  const definition: unknown = JSON.parse(readSource(`state-machines/${file}`));

  it("keeps the language's rules and the project's", () => {
    expect(lint(definition, { profile: 'project', errorNames: Object.keys(ERRORS) })).toEqual([]);
  });

  it('retries what may pass, and of definite answers only a consumer that has not come round yet', () => {
    const definite = retried(definition).filter((name) => isErrorName(name) && !ERRORS[name].retryable);
    expect(new Set(definite)).toEqual(new Set(['ConsumerRejected']));
  });
});

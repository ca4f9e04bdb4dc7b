import { describe, expect, it } from 'vitest';
import { ERRORS, RotationError } from '../../lib/core/errors.ts';
import { readSource } from '../support/sources.ts';

const rows = readSource('docs/errors.md')
  .split('\n')
  .flatMap((line) => {
    const cells = /^\| `(\w+)` \| (yes|no) \| (.+) \| (.+) \|$/.exec(line);
    return cells ? [cells.slice(1)] : [];
  });

describe('docs/errors.md', () => {
  it('is the table of errors, row by row', () => {
    const table = Object.entries(ERRORS).map(([name, row]) => [
      name,
      row.retryable ? 'yes' : 'no',
      row.message,
      row.remedy,
    ]);
    expect(rows).toEqual(table);
  });
});

describe('RotationError', () => {
  it('says what failed, on what, and what to do', () => {
    const error = new RotationError('AccessDenied', { subject: 'role orders_a at db.internal:5432', code: '28P01' });
    expect(error.message).toBe(
      'role orders_a at db.internal:5432: a login or an action was refused (code 28P01). Remedy: check the credential and its grants; `keyturn doctor` names the missing one.',
    );
    expect(error.name).toBe('AccessDenied');
  });
});

import type { Refusal } from '../asl/errors.ts';
import type { Paint } from './paint.ts';

/** Findings for people: where, which rule, what, and the remedy. */
export function findingsText(file: string, findings: readonly Refusal[], paint: Paint): string {
  const lines = findings.map(({ rule, severity, path, field, message, remedy }) => {
    const place = [path, field].filter(Boolean).join('.') || '(top)';
    return `  ${paint[severity === 'error' ? 'red' : 'yellow'](severity)} ${place}  ${paint.bold(rule)}: ${message}\n      ${remedy}`;
  });
  return [`${file} has ${findings.length} finding${findings.length === 1 ? '' : 's'}`, ...lines].join('\n');
}

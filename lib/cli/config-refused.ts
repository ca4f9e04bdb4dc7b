import type { ConfigError } from '../runtime/read-config.ts';

/** A configuration with errors; its message shows all of them. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigInvalid';
  readonly errors: readonly ConfigError[];

  constructor(file: string, errors: readonly ConfigError[]) {
    super(`${file} has ${errors.length} error${errors.length === 1 ? '' : 's'}\n${errors.map(lineOf).join('\n')}`);
    this.errors = errors;
  }
}

const lineOf = ({ path, line, message, remedy }: ConfigError): string =>
  `  line ${line}  ${path === '' ? '(top)' : path}: ${message}\n            ${remedy}`;

/** The name of an error of AWS, e.g. `ThrottlingException`: the only part of it that is safe to repeat. */
export function awsCode(error: unknown): string {
  return error instanceof Error && /^[A-Za-z0-9.]{1,64}$/.test(error.name) ? error.name : 'unknown';
}

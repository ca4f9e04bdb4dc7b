declare module 'asl-validator' {
  /** One error of asl-validator 4, which ships no types of its own. */
  export interface ValidationError {
    readonly 'Error code': string;
    readonly Message: string;
    readonly schemaError?: { readonly instancePath: string; readonly schemaPath: string };
  }

  /** Validates a definition, and changes it: each state gets a QueryLanguage. */
  export default function validate(
    definition: object,
    options?: { readonly checkPaths: boolean; readonly checkArn: boolean },
  ): { readonly isValid: boolean; readonly errors: readonly ValidationError[] };
}

/** The line `KEYTURN_VERSION_<NAME>` that a file-shaped copy carries beside its value: upper snake case of the secret's id. */
export function versionMarker(secretId: string): string {
  return `KEYTURN_VERSION_${secretId.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}`;
}

import { createHash } from 'node:crypto';

/** What Keyturn writes on objects of a cluster; all else on them is others'. */
const PREFIX = 'keyturn.dev/';
export const RESTARTED_BY = `${PREFIX}restarted-by`;
/** ISO 8601, by Keyturn's clock. */
export const RESTARTED_AT = `${PREFIX}restarted-at`;
/** On a Secret: when Keyturn last changed it; ISO 8601, by Keyturn's clock. */
export const WRITTEN_AT = `${PREFIX}written-at`;
/** What the last restart replaced, on the workload itself: JSON. */
export const BEFORE = `${PREFIX}before-restart`;

/** The server's limit for a name, without its prefix. */
const LONGEST = 63;

/** The annotation that holds a secret's version id; each secret has its own, as several may share an object. */
export const versionAnnotation = (secretId: string): string => ownOf('version', secretId);

/** Beside the version in a template: ISO 8601, by Keyturn's clock, when the restart for it began. */
export const sinceAnnotation = (secretId: string): string => ownOf('since', secretId);

function ownOf(what: string, secretId: string): string {
  const name = `${what}.${secretId.replaceAll('/', '.')}`;
  // A dot may stand in an id too, and a name ends with a letter or digit.
  if (name.length <= LONGEST && /[a-z0-9]$/.test(name) && !secretId.includes('.')) return `${PREFIX}${name}`;
  const hash = createHash('sha256').update(secretId).digest('hex').slice(0, 12);
  const start = name.slice(0, LONGEST - hash.length - 1).replace(/[^a-z0-9]+$/, '');
  return `${PREFIX}${start}.${hash}`;
}

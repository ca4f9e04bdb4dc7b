import { createHash } from 'node:crypto';

/** What Keyturn writes on objects of a cluster; all else on them is others'. */
export const RESTARTED_BY = 'keyturn.dev/restarted-by';
/** ISO 8601, by Keyturn's clock. */
export const RESTARTED_AT = 'keyturn.dev/restarted-at';
/** What the last restart replaced, on the workload itself: JSON. */
export const BEFORE = 'keyturn.dev/before-restart';

/** The server's limit for a name, without its prefix. */
const LONGEST = 63;

/** The annotation that holds a secret's version id; each secret has its own, as several may share an object. */
export function versionAnnotation(secretId: string): string {
  const name = `version.${secretId.replaceAll('/', '.')}`;
  // A dot may stand in an id too, and a name ends with a letter or digit.
  const plain = name.length <= LONGEST && /[a-z0-9]$/.test(name) && secretId.split('.').length === 1;
  const hash = createHash('sha256').update(secretId).digest('hex').slice(0, 12);
  return `keyturn.dev/${plain ? name : `${name.slice(0, LONGEST - hash.length - 1).replace(/[^a-z0-9]+$/, '')}.${hash}`}`;
}

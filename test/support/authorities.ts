import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs openssl in a directory. @returns what it says */
export const openssl = (directory: string, ...args: readonly string[]): string =>
  execFileSync('openssl', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority's files in one directory: `<name>.pem` and `<name>.key`, as its owner would make them. */
export function makeRoot(directory: string, name: string, days = 3650): void {
  const subject = ['-subj', `/O=Somabrain/CN=${name}`];
  const use = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  openssl(
    directory,
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    ...subject,
    ...use,
    '-days',
    `${days}`,
  );
}

/** An intermediate under a root of the same directory. */
export function makeIntermediate(directory: string, root: string, name: string, days = 1825): void {
  openssl(
    directory,
    'req',
    ...KEY,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/O=Somabrain/CN=${name}`,
  );
  writeFileSync(join(directory, `${name}.ext`), EXTENSIONS);
  const signed = ['-CA', `${root}.pem`, '-CAkey', `${root}.key`, '-CAcreateserial', '-extfile', `${name}.ext`];
  openssl(directory, 'x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed, '-days', `${days}`);
}

const EXTENSIONS = `basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`;

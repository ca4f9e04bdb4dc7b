import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openssl } from './authorities.ts';

export interface Asked {
  readonly csr: string;
  readonly commonName: string;
  readonly userId: string;
  readonly sans: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate authority that openssl runs. */
export interface OpensslCa {
  /** @returns PEM */
  sign(asked: Asked): string;
  revoke(certificate: string): void;
  /** PEM. */
  list(): string;
}

const SETTINGS = `[ca]
default_ca = own
[own]
database = ./index.txt
new_certs_dir = ./new
rand_serial = yes
unique_subject = no
default_md = sha256
default_crl_days = 3
policy = any
[any]
commonName = supplied
UID = optional
`;

/** @param directory - holds `one.pem` and `one.key` */
export function opensslCa(directory: string): OpensslCa {
  const at = (name: string) => join(directory, name);
  mkdirSync(at('new'));
  writeFileSync(at('index.txt'), '');
  writeFileSync(at('ca.cnf'), SETTINGS);
  const ca = (...args: readonly string[]) =>
    openssl(directory, 'ca', '-config', 'ca.cnf', '-cert', 'one.pem', '-keyfile', 'one.key', '-batch', ...args);
  return {
    sign: ({ csr, commonName, userId, sans, notBefore, notAfter }) => {
      writeFileSync(at('asked.csr'), csr);
      writeFileSync(at('asked.ext'), `subjectAltName=${sans}\nextendedKeyUsage=serverAuth,clientAuth\n`);
      const dates = ['-startdate', stamp(notBefore), '-enddate', stamp(notAfter)];
      const subject = ['-subj', `/CN=${commonName}/UID=${userId}`];
      ca('-in', 'asked.csr', '-out', 'made.pem', '-notext', '-extfile', 'asked.ext', ...dates, ...subject);
      return readFileSync(at('made.pem'), 'utf8');
    },
    revoke: (certificate) => {
      writeFileSync(at('revoked.pem'), certificate);
      ca('-revoke', 'revoked.pem');
    },
    list: () => {
      ca('-gencrl', '-out', 'list.pem');
      return readFileSync(at('list.pem'), 'utf8');
    },
  };
}

/** As openssl takes a moment: YYYYMMDDHHMMSSZ. */
const stamp = (at: Date) => `${at.toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`;

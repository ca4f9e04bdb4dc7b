import type { Clock } from '../../core/ports.ts';
import { signingOf } from '../certificates/key-types.ts';
import { x509 } from '../certificates/x509.ts';
import { readIfPresent, replaceFile } from '../files/replace-file.ts';
import { type Authority, signingKey } from './authority.ts';
import type { Issued, SerialIndex } from './serial-index.ts';

/** The list of one authority's revoked certificates, PEM, as clients and servers read it. */
export interface RevocationList {
  /** Whether the list, as it lies there, holds a serial. */
  holds(serial: string): Promise<boolean>;
  /** Writes it anew where it lacks something that is revoked, or is half through its life. */
  follow(index: Pick<SerialIndex, 'all'>): Promise<void>;
}

/** @param life - seconds */
export function revocationList(path: string, authority: Authority, life: number, clock: Clock): RevocationList {
  const read = async () => {
    const found = await readIfPresent(path);
    return found && new (await x509()).X509Crl(found.toString('utf8'));
  };
  const isUpToDate = async (revoked: readonly Issued[]): Promise<boolean> => {
    const list = await read();
    const until = list?.nextUpdate?.getTime() ?? 0;
    return until - clock.now() > (life * 1000) / 2 && revoked.every(({ serial }) => list?.findRevoked(serial));
  };
  return {
    holds: async (serial) => ((await read())?.findRevoked(serial) ?? null) !== null,
    follow: async (index) => {
      // Another process may have written a list from an older index meanwhile: whoever writes last looks again.
      for (;;) {
        const revoked = (await index.all()).filter((entry) => entry.authority === authority.id && entry.revokedAt);
        if (await isUpToDate(revoked)) return;
        const content = Buffer.from(await makeList(authority, revoked, life, clock.now()));
        await replaceFile({ path, mode: 0o644, edit: () => content }, clock);
      }
    },
  };
}

async function makeList(authority: Authority, revoked: readonly Issued[], life: number, now: number): Promise<string> {
  const { X509CrlGenerator, X509CrlReason, AuthorityKeyIdentifierExtension, X509Certificate, Extension, PemConverter } =
    await x509();
  const key = await signingKey(authority);
  const issuer = new X509Certificate(authority.certificate.raw);
  const list = await X509CrlGenerator.create({
    issuer: issuer.subjectName,
    thisUpdate: new Date(now),
    nextUpdate: new Date(now + life * 1000),
    signingKey: key,
    signingAlgorithm: signingOf(key.algorithm.name),
    entries: revoked.map(({ serial, revokedAt = '' }) => ({
      serialNumber: serial,
      revocationDate: new Date(revokedAt),
      reason: X509CrlReason.superseded,
    })),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(issuer),
      new Extension(CRL_NUMBER, false, derInteger(now)),
    ],
  });
  // The library's own name for the block is not the one that others read.
  return `${PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}

/** RFC 5280, 5.2.3: grows with every list; the time does. */
const CRL_NUMBER = '2.5.29.20';

function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? `00${hex}` : `0${hex}`, 'hex');
  return Uint8Array.from([0x02, bytes.length, ...bytes]);
}

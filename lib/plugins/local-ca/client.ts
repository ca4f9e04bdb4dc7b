import { resolve } from 'node:path';
import type { CertificateIssuerClient, Standing } from '../../core/issuer-ports.ts';
import type { Change, PluginDeps } from '../../core/ports.ts';
import { isSelfSigned, isSignedBy } from '../certificates/chain.ts';
import { certificateIn, certificatesIn, pemOf, serialOf } from '../certificates/pem.ts';
import { readPem } from '../certificates/pem-file.ts';
import { type Authority, readAuthority } from './authority.ts';
import { type RevocationList, revocationList } from './revocation-list.ts';
import { type Issued, serialIndex } from './serial-index.ts';
import type { LocalCaSettings } from './settings.ts';
import { refuseForbidden, serialFor, signRequest } from './sign.ts';

/** A certificate authority whose key lies with Keyturn. Its files are written by whoever drives rotations on this machine. */
export function localCaClient(settings: LocalCaSettings, deps: PluginDeps): CertificateIssuerClient {
  const { clock } = deps;
  const directory = resolve(deps.dataDir, settings.directory);
  const index = serialIndex(resolve(directory, 'index.json'), clock);
  const listOf = (authority: Authority): RevocationList =>
    revocationList(resolve(directory, `${authority.id}.crl.pem`), authority, settings.crlLife, clock);
  const signing = () => readAuthority(settings.authority, deps);
  const everyone = () =>
    Promise.all([settings.authority, ...settings.earlier].map((place) => readAuthority(place, deps)));
  const roots = async () => certificatesIn(await readPem(resolve(deps.baseDir, settings.rootFile)), 'rootFile');

  const find = async (pem: string): Promise<Found | undefined> => {
    const certificate = certificateIn(pem, 'certificate');
    const authority = (await everyone()).find((candidate) => isSignedBy(certificate, candidate.certificate));
    const serial = serialOf(certificate);
    const entry = (await index.all()).find((known) => known.serial === serial && known.authority === authority?.id);
    return authority && entry && { authority, entry };
  };
  /** The index first: a list is made from it, and made again whenever it lacks something. */
  const revoke = async (which: (entry: Issued) => boolean): Promise<Change> => {
    const change = await index.revoke(which, new Date(clock.now()).toISOString());
    for (const authority of await everyone()) await listOf(authority).follow(index);
    return change;
  };

  return {
    sign: async (request) => {
      const authority = await signing();
      refuseForbidden(request, settings, authority, clock.now());
      const serial = await serialFor(request);
      const notAfter = new Date(request.notAfter).toISOString();
      await index.add({ serial, authority: authority.id, name: request.name, notAfter });
      const certificate = await signRequest(authority, request, settings, clock.now());
      await listOf(authority).follow(index);
      return { certificate, chain: chainOf(authority, await roots()) };
    },
    standing: async (certificate): Promise<Standing> => {
      const found = await find(certificate);
      if (found === undefined) return 'unknown';
      const { authority, entry } = found;
      return entry.revokedAt !== undefined && (await listOf(authority).holds(entry.serial)) ? 'revoked' : 'valid';
    },
    revoke: async (certificate) => {
      const found = await find(certificate);
      if (found === undefined) return 'not-applied';
      return revoke(({ serial, authority }) => serial === found.entry.serial && authority === found.authority.id);
    },
    withdraw: async (name, except) => {
      const kept = except === undefined ? undefined : (await find(except))?.entry.serial;
      return revoke((entry) => entry.name === name && entry.serial !== kept);
    },
    authorities: async () => (await roots()).filter(isSelfSigned).map(pemOf).join(''),
  };
}

interface Found {
  readonly authority: Authority;
  readonly entry: Issued;
}

/** The authority and what lies between it and the root. An authority that is the root itself is no part of a chain. */
function chainOf(
  { certificate }: Pick<Authority, 'certificate'>,
  above: readonly ReturnType<typeof certificateIn>[],
): string[] {
  if (isSelfSigned(certificate)) return [];
  const next = above.find((candidate) => isSignedBy(certificate, candidate) && !isSelfSigned(candidate));
  return [pemOf(certificate), ...(next === undefined ? [] : chainOf({ certificate: next }, above))];
}

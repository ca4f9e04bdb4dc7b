import { resolve } from 'node:path';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { CertificateIssuerClient, SigningRequest, Standing } from '../../core/issuer-ports.ts';
import type { Change, PluginDeps } from '../../core/ports.ts';
import { isSelfSigned } from '../certificates/chain.ts';
import { isAddress } from '../certificates/names.ts';
import { certificateIn, certificatesIn, isSame, pemOf, serialOf } from '../certificates/pem.ts';
import { readPem } from '../certificates/pem-file.ts';
import { x509 } from '../certificates/x509.ts';
import { pkiRefusal } from './pki-refusal.ts';
import type { VaultCall, VaultServer } from './server.ts';
import type { VaultConnection } from './settings.ts';
import { withinLogin } from './within-login.ts';

export interface PkiSettings extends VaultConnection {
  readonly mount: string;
  readonly role: string;
  readonly issuerRef: string;
  readonly rootFile?: string | undefined;
}

const signed = z.object({ data: z.object({ certificate: z.string(), ca_chain: z.array(z.string()).default([]) }) });
const listed = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const kept = z.object({
  data: z.object({ certificate: z.string(), revocation_time: z.number(), issuer_id: z.string().optional() }),
});
const described = z.object({ data: z.object({ ca_chain: z.array(z.string()) }) });
const published = z.object({ data: z.object({ crl: z.string() }) });
const revoked = z.object({ data: z.object({ revocation_time: z.number() }) });
type Kept = z.output<typeof kept>['data'];

/** What is asked of the engine. */
const PARTS = ['sign', 'cert', 'certs', 'revoke', 'issuer'];
/** Certificates that are looked at side by side. */
const AT_ONCE = 8;

/** A role of a PKI engine. Each certificate bears its name as the UID of its subject. */
export function pkiIssuer(settings: PkiSettings, deps: PluginDeps): CertificateIssuerClient {
  const { mount, role, issuerRef, rootFile, ...connection } = settings;
  const { within } = withinLogin(connection, deps, { mount, parts: PARTS });

  const read = (server: VaultServer, path: string, verb: 'read' | 'list' = 'read') =>
    server({ verb, path: `${mount}/${path}`, capability: verb });
  const keptAs = async (server: VaultServer, serial: string): Promise<Kept | undefined> => {
    const { status, body } = await read(server, `cert/${serial}`);
    return status === 200 ? parsed(kept, body, `cert/${serial}`).data : undefined;
  };
  const keptOf = async (server: VaultServer, pem: string): Promise<Kept | undefined> => {
    const certificate = certificateIn(pem, 'certificate');
    const found = await keptAs(server, colons(serialOf(certificate)));
    return found && isSame(certificateIn(found.certificate, 'certificate'), certificate) ? found : undefined;
  };
  const isPublished = async (server: VaultServer, { certificate, issuer_id = issuerRef }: Kept): Promise<boolean> => {
    const path = `issuer/${issuer_id}/crl`;
    const { crl } = parsed(published, (await read(server, path)).body, path).data;
    return new (await x509()).X509Crl(crl).findRevoked(serialOf(certificateIn(certificate, 'certificate'))) !== null;
  };
  const revoke = async (server: VaultServer, { certificate, revocation_time }: Kept): Promise<Change> => {
    if (revocation_time > 0) return 'not-applied';
    const call = revocation(mount, colons(serialOf(certificateIn(certificate, 'certificate'))));
    const reply = await server(call);
    if (reply.status >= 300) throw pkiRefusal(`vault ${call.path}`, reply);
    // One that has expired is passed over, with a warning and no date.
    return revoked.safeParse(reply.body).success ? 'applied' : 'not-applied';
  };
  const all = async (server: VaultServer): Promise<readonly string[]> => {
    const { status, body } = await read(server, 'certs', 'list');
    return status === 404 ? [] : parsed(listed, body, 'certs').data.keys;
  };
  const named = async (server: VaultServer, name: string): Promise<readonly Kept[]> => {
    const serials = await all(server);
    const found: Kept[] = [];
    for (let start = 0; start < serials.length; start += AT_ONCE) {
      const some = await Promise.all(serials.slice(start, start + AT_ONCE).map((serial) => keptAs(server, serial)));
      found.push(...some.filter((entry) => entry !== undefined).filter((entry) => bears(entry, name)));
    }
    return found;
  };

  return {
    sign: (request) =>
      within(async (server) => {
        const path = `${mount}/sign/${role}`;
        const json = bodyOf(request, deps.clock.now());
        const reply = await server({ verb: 'write', path, json, capability: 'update' });
        if (reply.status !== 200) throw pkiRefusal(`vault ${path}`, reply);
        const { certificate, ca_chain } = parsed(signed, reply.body, `sign/${role}`).data;
        const chain = certificatesIn(ca_chain.join('\n'), 'the chain of the issuer');
        return { certificate, chain: chain.filter((link) => !isSelfSigned(link)).map(pemOf) };
      }),
    standing: (pem) =>
      within(async (server): Promise<Standing> => {
        const found = await keptOf(server, pem);
        if (found === undefined) return 'unknown';
        return found.revocation_time > 0 && (await isPublished(server, found)) ? 'revoked' : 'valid';
      }),
    revoke: (pem) =>
      within(async (server) => {
        const found = await keptOf(server, pem);
        return found === undefined ? 'not-applied' : revoke(server, found);
      }),
    withdraw: (name, except) =>
      within(async (server) => {
        const spared = except === undefined ? undefined : certificateIn(except, 'certificate');
        const changes: Change[] = [];
        for (const found of await named(server, name)) {
          const isSpared = spared !== undefined && isSame(certificateIn(found.certificate, 'certificate'), spared);
          if (!isSpared) changes.push(await revoke(server, found));
        }
        return changes.includes('applied') ? 'applied' : 'not-applied';
      }),
    authorities: async () => {
      if (rootFile !== undefined) return readPem(resolve(deps.baseDir, rootFile));
      const path = `issuer/${issuerRef}/json`;
      const { body } = await within((server) => read(server, path));
      const chain = certificatesIn(parsed(described, body, path).data.ca_chain.join('\n'), 'the chain of the issuer');
      return chain.filter(isSelfSigned).map(pemOf).join('');
    },
  };

  /** @throws ConfigInvalid for a reply of another shape */
  function parsed<Shape extends z.ZodType>(shape: Shape, body: unknown, path: string): z.output<Shape> {
    const found = shape.safeParse(body);
    if (found.success) return found.data;
    const detail = 'it answers something else: is it a PKI engine with such an issuer?';
    throw new RotationError('ConfigInvalid', { subject: `vault ${mount}/${path}`, detail });
  }
}

/** A life and not an end, which the role's own maximum would not hold for. */
const bodyOf = ({ name, csr, commonName, sans, notAfter }: SigningRequest, now: number) => ({
  csr,
  common_name: commonName,
  alt_names: sans.filter((san) => !isAddress(san)).join(','),
  ip_sans: sans.filter(isAddress).join(','),
  user_ids: name,
  ttl: `${Math.ceil((notAfter - now) / 1000)}s`,
});

const revocation = (mount: string, serial: string): VaultCall => ({
  verb: 'write',
  path: `${mount}/revoke`,
  json: { serial_number: serial },
  capability: 'update',
});

/** As the engine writes serials. */
const colons = (serial: string): string => (serial.match(/../g) ?? []).join(':');

const bears = ({ certificate }: Kept, name: string): boolean =>
  certificateIn(certificate, 'certificate').subject.split('\n').includes(`UID=${name}`);

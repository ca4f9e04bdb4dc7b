import { isRotationError, RotationError } from '../../core/errors.ts';
import { type CertificateIssuerClient, issuedName } from '../../core/issuer-ports.ts';
import type {
  Answer,
  Change,
  Credential,
  GenerateRequest,
  PluginDeps,
  Quiet,
  SecretTypeClient,
  Switch,
} from '../../core/ports.ts';
import type { Stage } from '../../core/rotation.ts';
import { endOf } from './chain.ts';
import { shakeHands, shownEndpoint } from './handshake.ts';
import { prune, publish, switchTo } from './make.ts';
import { isSame, pemOf, serialOf } from './pem.ts';
import type { CertificateTarget, Endpoint } from './target.ts';
import { readValue } from './value.ts';

const MAKES: Readonly<Record<Stage, typeof switchTo>> = { publish, switch: switchTo, prune, whole: switchTo };

/**
 * A certificate whose key is made here. What was signed bears the version in its name at the issuer, so that one whose
 * reply was lost is revoked, though nobody knows its value.
 */
export function certificateClient(
  issuer: CertificateIssuerClient,
  target: CertificateTarget,
  deps: PluginDeps,
): SecretTypeClient {
  return {
    generate: (request: GenerateRequest) => MAKES[request.stage ?? 'whole']({ issuer, target, deps }, request),
    abandon: (version) => issuer.withdraw(issuedName(version)),
    prepare: async ({ value }) => {
      readValue(value);
      await issuer.authorities();
      return { statements: [], blocked: [] };
    },
    install: async (change) => {
      if (!bringsCertificate(change)) return 'not-applied';
      const made = leafOf(change.next);
      await requireKnown(issuer, change.next);
      return issuer.withdraw(issuedName(change.next.version), made);
    },
    uninstall: async (change) => {
      if (!bringsCertificate(change)) return 'not-applied';
      const revoked = await issuer.revoke(leafOf(change.next));
      const withdrawn = await issuer.withdraw(issuedName(change.next.version));
      return revoked === 'applied' ? revoked : withdrawn;
    },
    probe: async ({ value }) => {
      const { leaf } = readValue(value);
      const standing = ANSWERS[await issuer.standing(pemOf(leaf))];
      return standing !== 'refused' && endOf(leaf) < deps.clock.now() ? 'expired' : standing;
    },
    quiet: ({ next }) => quietBy(next, target),
    retire: async (change): Promise<Change> => {
      if (bringsCertificate(change)) return issuer.revoke(leafOf(change.previous));
      const subject = `certificate ${serialOf(readValue(change.previous.value).leaf)}`;
      throw new RotationError('Conflict', { subject, detail: 'old and new are the same certificate' });
    },
    sessions: async () => [],
  };
}

/** One of another authority is nobody's to ask about: it goes with that authority. */
const ANSWERS = { valid: 'accepted', revoked: 'refused', unknown: 'untested' } as const satisfies Record<
  string,
  Answer
>;

const leafOf = ({ value }: Credential): string => pemOf(readValue(value).leaf);

const bringsCertificate = ({ next, previous }: Switch): boolean =>
  !isSame(readValue(next.value).leaf, readValue(previous.value).leaf);

/** What an issuer does not keep, nobody can revoke. @throws ConfigInvalid */
async function requireKnown(issuer: CertificateIssuerClient, { value }: Credential): Promise<void> {
  const { leaf } = readValue(value);
  if ((await issuer.standing(pemOf(leaf))) === 'valid') return;
  throw new RotationError('ConfigInvalid', {
    subject: `certificate ${serialOf(leaf)}`,
    detail: 'its issuer does not know it as valid: does it keep what it signs?',
  });
}

/** Whether every endpoint serves the new certificate. */
async function quietBy({ value }: Credential, { endpoints }: CertificateTarget): Promise<Quiet> {
  const { leaf } = readValue(value);
  if (endpoints.length === 0) return { quiet: true, why: 'no endpoints are listed; every consumer is proven' };
  for (const endpoint of endpoints) {
    const found = await servedAt(endpoint);
    if (found !== serialOf(leaf)) return { quiet: false, why: `${shownEndpoint(endpoint)} serves ${found}` };
  }
  return { quiet: true, why: `${endpoints.map(shownEndpoint).join(', ')} serve ${serialOf(leaf)}` };
}

/** A serial. An endpoint that is not reached may serve the old one. */
async function servedAt(endpoint: Endpoint): Promise<string> {
  try {
    return serialOf((await shakeHands(endpoint, '')).served);
  } catch (error) {
    if (!isRotationError(error, 'Unavailable')) throw error;
    return `nothing (${error.code ?? error.name})`;
  }
}

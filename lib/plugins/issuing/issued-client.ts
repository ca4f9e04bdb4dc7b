import { RotationError } from '../../core/errors.ts';
import { type IssuerClient, issuedName } from '../../core/issuer-ports.ts';
import type { Change, Clock, Credential, SecretTypeClient } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { idOf } from './issued-fields.ts';
import type { IssuedTarget } from './issued-target.ts';
import { quietBy } from './quiet.ts';

/** How the values of a type come to be. */
export interface Making {
  make(version: string): Promise<Secret>;
  /** Has the issuer accept what was made. */
  activate(next: Credential): Promise<Change>;
  /** Refuses a value that is none of the type before anything is done with it. */
  check(value: Secret): void;
}

/**
 * A credential that an issuer keeps. Where the issuer makes it, making it is a change at the target before the value is
 * durable. A lost reply leaves nothing that nobody knows all the same: every credential bears its version in its name,
 * the name is withdrawn before it is issued anew, and whatever else bears it once the durable one is proven.
 */
export function issuedClient(
  issuer: IssuerClient,
  target: IssuedTarget,
  clock: Clock,
  { make, activate, check }: Making,
): SecretTypeClient {
  const known = ({ value }: Credential): string => {
    check(value);
    return idOf(value);
  };
  return {
    generate: ({ version }) => make(version),
    abandon: (version) => issuer.withdraw(issuedName(version)),
    prepare: async (current) => {
      await issuer.lastUsed(known(current));
      return { statements: [], blocked: [] };
    },
    install: async ({ next }) => {
      const id = known(next);
      const activated = await activate(next);
      await requireAccepted(issuer, next, id);
      return eitherOf(activated, await issuer.withdraw(issuedName(next.version), id));
    },
    uninstall: async ({ next }) => {
      const revoked = await issuer.revoke(known(next));
      return eitherOf(revoked, await issuer.withdraw(issuedName(next.version)));
    },
    retire: async ({ next, previous }) => {
      const [fresh, old] = [known(next), known(previous)];
      if (fresh !== old) return issuer.revoke(old);
      // What was put in by hand may bear the id of another.
      throw new RotationError('Conflict', { subject: `credential ${old}`, detail: 'old and new bear the same id' });
    },
    probe: async (credential) => {
      check(credential.value);
      return issuer.probe(credential.value);
    },
    quiet: async (change) => {
      const use = await issuer.lastUsed(known(change.previous));
      // An id that is not in a list, or a 404 of another origin, is believed only of a credential that is dead.
      const isAlive = use === 'gone' && (await issuer.probe(change.previous.value)) !== 'refused';
      return quietBy(isAlive ? 'unknown' : use, change, target, clock.now());
    },
    sessions: async () => [],
  };
}

/** Values that the issuer makes. */
export const issuedBy = (issuer: IssuerClient, check: (value: Secret) => void): Making => ({
  make: async (version) => {
    const name = issuedName(version);
    await issuer.withdraw(name);
    return issuer.issue(name);
  },
  activate: async () => 'not-applied',
  check,
});

const eitherOf = (one: Change, two: Change): Change => (one === 'applied' ? one : two);

/** An issuer of several nodes may need a moment. @throws VerificationInconclusive */
async function requireAccepted(issuer: IssuerClient, { value, version }: Credential, id: string): Promise<void> {
  if ((await issuer.probe(value)) !== 'refused') return;
  throw new RotationError('VerificationInconclusive', {
    subject: `credential ${id}`,
    detail: `the issuer does not accept it yet for version ${version}`,
  });
}

import type { z } from 'zod';
import type { Adoption } from './adoption.ts';
import type { Capability } from './capability.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterRule } from './cluster-rule.ts';
import type { FetchInit, FetchResponse } from './fetch.ts';
import type { CertificateIssuerClient, IssuerClient, IssuerUse } from './issuer-ports.ts';
import type { Overlap } from './overlap.ts';
import type { RoleRequest } from './role-request.ts';
import type { Stage } from './rotation.ts';
import type { Secret } from './secret.ts';

/**
 * Every plugin interface on one page. What holds for all of them:
 *
 * - A method that changes something is idempotent and says whether it did: `applied` or `not-applied`.
 * - It throws a `RotationError`: `AccessDenied` for a refused login, `Unavailable` for a dead host, `Throttled`, and
 *   `OutcomeUnknown` when the effect may or may not have happened. No other error and no foreign message leaves a plugin.
 * - `create` does no I/O, and a client lives for one step only: nothing is cached across calls.
 */

export type Change = 'applied' | 'not-applied';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms` milliseconds of this clock. */
  sleep(ms: number): Promise<void>;
}

/** Takes a message and plain facts; every sink scrubs live values and drops fields that are not on its allow-list. */
export interface Log {
  info(message: string, facts?: Readonly<Record<string, string | number | boolean>>): void;
  warn(message: string, facts?: Readonly<Record<string, string | number | boolean>>): void;
}

export interface Random {
  bytes(length: number): Uint8Array;
}

/** What a plugin gets from its host. */
export interface PluginDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** No redirects, a timeout, and only to addresses that the configuration names. */
  readonly fetch: (url: string, init?: FetchInit) => Promise<FetchResponse>;
  readonly ids: { uuid(): string };
  /** The current value of a referenced secret, read through its backend at this moment. @throws ReferenceMissing */
  readonly credential: (secretId: string) => Promise<Secret>;
  /** Opens the issuer that a target names; no I/O. @throws ConfigInvalid */
  readonly issuer: (use: IssuerUse) => Promise<IssuerClient>;
  readonly certificateIssuer: (use: IssuerUse) => Promise<CertificateIssuerClient>;
  /** A cluster of keyturn.yaml by its name. @throws ConfigInvalid */
  readonly cluster: (name: string) => Cluster;
  /** The folder of keyturn.yaml: relative file names start here. */
  readonly baseDir: string;
  /** The data directory of the local host; the embedded backend keeps its store below it. */
  readonly dataDir: string;
}

/** IAM as data: what a plugin with this configuration needs when it runs on AWS. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** A plugin as its registry holds it: configuration is parsed by the plugin itself, so the type is told once, in `definePlugin`. */
export interface Plugin<Client> {
  /** = file name = value in keyturn.yaml = docs anchor. */
  readonly name: string;
  /** One line for people: the schema, `--help` and the field tables carry it. */
  readonly summary: string;
  readonly config: z.ZodType;
  readonly capabilities: readonly Capability[];
  /** Capabilities that the secret's type must have for this plugin to work with it. */
  readonly requires: readonly Capability[];
  permissions(config: unknown, role: RoleRequest): readonly Permission[];
  clusterRules?(config: unknown): readonly ClusterRule[];
  /** @throws ConfigInvalid with the path of the bad key */
  create(config: unknown, deps: PluginDeps): Promise<Client>;
}

// ---------------------------------------------------------------- secret types

/** One version of a secret with its value, under the type's own field names. */
export interface Credential {
  readonly version: string;
  readonly value: Secret;
}

export interface GenerateRequest {
  readonly current: Secret;
  /** The id of the version that the value will be. */
  readonly version: string;
  /** 1, or 2 after the target refused the first value by its policy. */
  readonly generation: 1 | 2;
  /** `whole` when absent. */
  readonly stage?: Stage;
}

/** Of a value that holds several keys: the one in use, or the one that came last, which may only be published yet. */
export type Part = 'primary' | 'newest';

/** What a client needs to know of the run when it acts on old and new. */
export interface Switch {
  readonly next: Credential;
  readonly previous: Credential;
  /** Epoch ms at which the target began to accept `next`, when known: older sessions are the old credential's. */
  readonly installedAt?: number;
  /** Epoch ms at which the last consumer was proven on `next`, when all are: nobody should use `previous` since. */
  readonly switchedAt?: number;
  /** `whole` when absent. */
  readonly stage?: Stage;
}

export interface Session {
  /** The login it uses, e.g. the role name. */
  readonly principal: string;
  /** The name that the client gave itself. */
  readonly application: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

/** What the target lacks before the first rotation. */
export interface Preparation {
  /** Statements for people to read, in the target's language, without any value. */
  readonly statements: readonly string[];
  /** Why the admin credential may not run them, one line each; empty when it may. */
  readonly blocked: readonly string[];
}

/** Whether nobody uses the old credential any more, with what was seen. */
export interface Quiet {
  readonly quiet: boolean;
  readonly why: string;
  /** Set where nobody can look, and that was declared: the evidence says so. */
  readonly waived?: true;
}

/** `untested` where there is no target to ask; `expired` when it ended by itself, and nobody accepts it any more. */
export type Answer = 'accepted' | 'refused' | 'expired' | 'untested';

export interface SecretTypeClient {
  /**
   * A new value that meets the declared policy. It changes nothing, but where only an issuer makes values: what it made
   * bears the version in its name, so that whatever nobody holds is found and revoked.
   *
   * For the stage `publish` it is the current value with what is new in it, for `switch` the same with the new in use,
   * for `prune` without the old; undefined where such a stage has nothing to change.
   */
  generate(request: GenerateRequest): Promise<Secret | undefined>;
  /** Revokes what `generate` may have left at an issuer for a version of which no value is known. */
  abandon?(version: string): Promise<Change>;
  /** What is missing at the target, before any change. */
  prepare(current: Credential): Promise<Preparation>;
  /** The target accepts `next` beside `previous`. @throws TargetNotPrepared, ValueRefused, OutcomeUnknown */
  install(change: Switch): Promise<Change>;
  /** Undoes install: `next` is refused, `previous` accepted. */
  uninstall(change: Switch): Promise<Change>;
  /** Logs in, with the part in use unless told otherwise. Refused is `refused`; all else throws, OutcomeUnknown where nodes differ. */
  probe(credential: Credential, part?: Part): Promise<Answer>;
  quiet(change: Switch): Promise<Quiet>;
  /** Revokes `previous` and ends its sessions. */
  retire(change: Switch): Promise<Change>;
  /** Brings data under `previous` under `next`, for a bounded time, until nothing remains. Absent without such data. */
  rewrap?(change: Switch): Promise<{ readonly remaining: number }>;
  /** Who is logged in with either credential (capability `sessions`). */
  sessions(change: Switch): Promise<readonly Session[]>;
}

export interface SecretTypePlugin extends Plugin<SecretTypeClient> {
  readonly flow: 'overlap' | 'keyring' | 'reissue';
  /** The names of a value's fields. */
  readonly fields: readonly string[];
  overlap(config: unknown): Overlap;
  /** Seconds that a version lives which was made at this moment (epoch ms), where it ends by itself. */
  life?(config: unknown, madeAt: number): number | undefined;
  /** Seconds that old and new must both stay good after a stage: the age of caches, the life of tokens. */
  waits(config: unknown): Readonly<Partial<Record<Stage, number>>>;
  /** What a consumer's template may use beside the fields: host, port ... */
  templateFields(config: unknown): Readonly<Record<string, string>>;
  /** Why a hand-made value is none of this type, in words without it; undefined when it is one. */
  valueProblem?(value: Secret, config: unknown): string | undefined;
  readonly adoption?: Adoption | undefined;
  /** The registry of the plugin that the target names under `issuer:`, where it names one. */
  readonly issuedBy: 'issuers' | 'certificateIssuers' | undefined;
  /** What this secret changes at the target; two secrets, or two runs, never share one. */
  identities(config: unknown): readonly string[];
}

// ---------------------------------------------------------------- backends

/** Where a value lies: the backend's path, and for each of the type's fields the name it has there. */
export interface SecretRef {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface VersionInfo {
  readonly version: string;
  /** ISO 8601: when it became what it is. */
  readonly since: string;
}

export interface Versions {
  readonly current?: VersionInfo;
  readonly previous?: VersionInfo;
  readonly pending: readonly VersionInfo[];
}

export interface BackendClient {
  /** Keeps a value as pending, durably. Same id and value: `not-applied`. @throws VersionConflict when the id holds another value */
  stage(ref: SecretRef, version: string, value: Secret): Promise<Change>;
  /** A version by its id, or the current one. @throws SecretNotFound */
  read(ref: SecretRef, version: string | 'current'): Promise<Credential>;
  /** Makes a pending version current, atomically, and keeps the old one as previous. @throws Conflict when current is not `expectedCurrent` */
  promote(ref: SecretRef, version: string, expectedCurrent: string | undefined): Promise<Change>;
  /** Takes `version` back to pending and makes the previous one current again. @throws Conflict when neither holds */
  demote(ref: SecretRef, version: string, previous: string): Promise<Change>;
  /** Forgets a pending version; one that is not there is `not-applied`. @throws Conflict for a version that is current */
  discard(ref: SecretRef, version: string): Promise<Change>;
  versions(ref: SecretRef): Promise<Versions>;
  /**
   * Where the backend keeps a key of its own: exchanges it, and brings every value under the new one. The old key stays
   * until none is left under it; cut off anywhere it goes on when it is called again. @returns how many values there are
   */
  rekey?(): Promise<number>;
  /** Ends the login that the client took, where it took one; called once, after the last call. Never throws. */
  close?(): Promise<void>;
}

// ---------------------------------------------------------------- consumers

export interface PutRequest {
  readonly secretId: string;
  readonly version: string;
  /** The fields of the value and the type's template fields. */
  readonly values: Secret;
}

export interface PropagatorClient {
  /** Brings the value and its version id to the consumer's copy; putting the same version twice is `not-applied`. */
  put(request: PutRequest): Promise<Change>;
  /** The version id that the copy carries, or undefined when it carries none. */
  current(secretId: string): Promise<string | undefined>;
  /** Whether the content of a copy of this version is just what `put` would leave. Absent where only the version id can be read back. */
  holds?(request: PutRequest): Promise<boolean>;
}

export interface RestartRequest {
  readonly secretId: string;
  readonly consumer: string;
  readonly rotationId: string;
  readonly version: string;
}

export interface RestartStatus {
  readonly state: 'pending' | 'healthy' | 'failed';
  readonly why: string;
}

export interface RestarterClient {
  restart(request: RestartRequest): Promise<Change>;
  status(request: RestartRequest): Promise<RestartStatus>;
  /** Takes a failed restart back, where the workload can. The old value is in place again when it is called. */
  undo(request: RestartRequest): Promise<Change>;
}

export interface VerifyRequest {
  readonly secretId: string;
  readonly consumer: string;
  /** The version that must be in use. */
  readonly expected: Credential;
  /** The one that must not be. */
  readonly other: Credential;
  readonly installedAt?: number;
  /** The opened secret type: a verifier asks the target through it. */
  readonly target: SecretTypeClient;
}

export interface Verdict {
  readonly verdict: 'verified' | 'rejected' | 'inconclusive';
  readonly why: string;
}

export interface VerifierClient {
  /** Unreachable is `inconclusive`, which never counts as verified. */
  check(request: VerifyRequest): Promise<Verdict>;
}

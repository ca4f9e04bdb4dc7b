import type { z } from 'zod';
import type { fakeInput } from './fake-secrets-manager.ts';

/** A reply, or the name of an error. */
export type Outcome = object | string;

type Input = z.output<typeof fakeInput>;

interface State {
  /** Id -> text and labels. */
  readonly versions: ReadonlyMap<string, { readonly text: string; readonly labels: readonly string[] }>;
  readonly tags: ReadonlyMap<string, string>;
}

type Versions = Map<string, { text: string; labels: string[] }>;

/** Labels on all versions of a secret together, and bytes of a value: the quotas of the service. */
const MOST_LABELS = 20;
const MOST_BYTES = 65_536;

/** One secret of the fake, in its region and in those of its replicas. */
export class FakeSecret {
  readonly region: string;
  readonly #replicas: readonly string[];
  #now: State = { versions: new Map(), tags: new Map() };
  /** By region: what looks still see, and how many. */
  readonly #behind = new Map<string, { readonly state: State; left: number }>();

  constructor(region: string, replicas: readonly string[]) {
    this.region = region;
    this.#replicas = replicas;
  }

  isIn(region: string): boolean {
    return region === this.region || this.#replicas.includes(region);
  }

  get state(): State {
    return this.#now;
  }

  look(region: string, operation: string, input: Input): Outcome {
    const behind = this.#behind.get(region);
    const isBehind = behind !== undefined && behind.left > 0;
    if (isBehind) behind.left -= 1;
    const state = isBehind ? behind.state : this.#now;
    return LOOKS[operation]?.(state, input, this.#statuses()) ?? 'UnknownOperationException';
  }

  change(operation: string, input: Input, lag: { readonly here: number; readonly there: number }): Outcome {
    const versions: Versions = new Map(
      [...this.#now.versions].map(([id, { text, labels }]) => [id, { text, labels: [...labels] }]),
    );
    const tags = new Map(this.#now.tags);
    const refusal = MOVES[operation]?.(versions, tags, input);
    if (refusal !== undefined) return refusal;
    for (const [id, { labels }] of versions) if (labels.length === 0) versions.delete(id);
    for (const region of [this.region, ...this.#replicas]) {
      const seen = this.#behind.get(region);
      const state = seen !== undefined && seen.left > 0 ? seen.state : this.#now;
      this.#behind.set(region, { state, left: region === this.region ? lag.here : lag.there });
    }
    this.#now = { versions, tags };
    return {};
  }

  /** Always in step: the status of AWS may still be that of the version before. */
  #statuses(): object[] {
    return this.#replicas.map((Region) => ({ Region, Status: 'InSync' }));
  }
}

const LOOKS: Readonly<Record<string, (state: State, input: Input, statuses: readonly object[]) => Outcome>> = {
  DescribeSecret: ({ versions, tags }, _input, statuses) => ({
    VersionIdsToStages: Object.fromEntries([...versions].map(([id, { labels }]) => [id, labels])),
    Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
    ReplicationStatus: statuses,
  }),
  GetSecretValue: ({ versions }, { VersionId, VersionStage = 'AWSCURRENT' }) => {
    const wanted = [...versions].find(([id, { labels }]) =>
      VersionId === undefined ? labels.includes(VersionStage) : id === VersionId,
    );
    if (wanted === undefined) return 'ResourceNotFoundException';
    return { VersionId: wanted[0], SecretString: wanted[1].text, VersionStages: wanted[1].labels };
  },
  ListSecretVersionIds: ({ versions }) => ({ Versions: [...versions.keys()].map((VersionId) => ({ VersionId })) }),
};

type Move = (versions: Versions, tags: Map<string, string>, input: Input) => string | undefined;

const MOVES: Readonly<Record<string, Move>> = {
  PutSecretValue: (versions, tags, input) => {
    const { ClientRequestToken: id = '', SecretString: text = '', VersionStages = ['AWSCURRENT'], Tags = [] } = input;
    if (Buffer.byteLength(text) > MOST_BYTES || text === '' || id.length < 32 || id.length > 64) {
      return 'InvalidParameterException';
    }
    for (const { Key, Value } of Tags) tags.set(Key, Value);
    const there = versions.get(id);
    if (there !== undefined) return there.text === text ? undefined : 'ResourceExistsException';
    const labels = versions.size === 0 ? [...new Set([...VersionStages, 'AWSCURRENT'])] : [...VersionStages];
    for (const version of versions.values()) {
      version.labels = version.labels.filter((label) => !labels.includes(label));
    }
    versions.set(id, { text, labels });
    const count = [...versions.values()].flatMap((version) => version.labels).length;
    return count > MOST_LABELS ? 'LimitExceededException' : undefined;
  },
  UpdateSecretVersionStage: (versions, _tags, input) => {
    const { VersionStage: label = '', RemoveFromVersionId: from, MoveToVersionId: to } = input;
    const holder = [...versions].find(([, { labels }]) => labels.includes(label))?.[0];
    if (from !== holder || (to !== undefined && !versions.has(to))) return 'InvalidParameterException';
    if (label === 'AWSCURRENT' && to === undefined) return 'InvalidParameterException';
    take(versions, label);
    if (to !== undefined) versions.get(to)?.labels.push(label);
    if (label !== 'AWSCURRENT') return undefined;
    take(versions, 'AWSPREVIOUS');
    versions.get(from ?? '')?.labels.push('AWSPREVIOUS');
    return undefined;
  },
  TagResource: (_versions, tags, { Tags = [] }) => {
    for (const { Key, Value } of Tags) tags.set(Key, Value);
    return undefined;
  },
};

function take(versions: Versions, label: string): void {
  for (const version of versions.values()) version.labels = version.labels.filter((own) => own !== label);
}

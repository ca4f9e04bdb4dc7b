import type { Secret } from '../../lib/core/secret.ts';

/** A service of the estate: a process of its own that is given a file and told to reload it. */
export interface Service {
  readonly name: string;
  readonly secretId: string;
  /** How it uses what it is given: a key of USES. */
  readonly kind: string;
  /** What its env file holds before Keyturn comes. */
  readonly env: Readonly<Record<string, string>>;
  /** As keyturn.yaml names it. */
  readonly port: number;
}

/** One system of the estate, as it is before Keyturn comes. */
export interface Part {
  /** The ports of keyturn.yaml, and the free ones that are used in their place. */
  readonly ports: Readonly<Record<number, number>>;
  /** The values that exist, by secret. */
  readonly first: Readonly<Record<string, Secret>>;
  readonly services: readonly Service[];
  /** The ids of the secrets that {@link look} can tell about. */
  readonly looksAt: readonly string[];
  /** Looks without Keyturn: whether the system takes a value. */
  look(secretId: string, value: Secret): Promise<'accepted' | 'refused'>;
  /** Of an application that makes its own traffic. */
  counts?(): { readonly tried: number; readonly failed: number };
  stop(): Promise<void>;
}

/** A system that this machine lacks: its secrets are left out, and it is said. */
export interface Missing {
  readonly secrets: readonly string[];
  readonly why: string;
}

export type StartPart = (folder: string) => Promise<Part | Missing>;

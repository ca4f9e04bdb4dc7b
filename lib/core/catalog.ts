import type {
  BackendClient,
  NotifierClient,
  Plugin,
  PropagatorClient,
  RestarterClient,
  SecretTypePlugin,
  VerifierClient,
} from './ports.ts';

/** The registries side by side: what a configuration may name and what a step may open. */
export interface Catalog {
  readonly secretTypes: readonly SecretTypePlugin[];
  readonly backends: readonly Plugin<BackendClient>[];
  readonly propagators: readonly Plugin<PropagatorClient>[];
  readonly restarters: readonly Plugin<RestarterClient>[];
  readonly verifiers: readonly Plugin<VerifierClient>[];
  readonly notifiers: readonly Plugin<NotifierClient>[];
}

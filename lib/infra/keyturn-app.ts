import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import type { Bundles } from './bundle-estate.ts';
import { CoreStack } from './core-stack.ts';
import type { Estate } from './estate.ts';
import { nagPacks } from './nag.ts';
import { warnOfThisMachine } from './this-machine.ts';
import { TypeStack } from './type-stack.ts';

export interface KeyturnAppOptions {
  readonly estates: readonly { readonly estate: Estate; readonly bundles: Bundles }[];
  /** The root of Keyturn's source, where the flows are. */
  readonly root: string;
  readonly app?: AppProps;
}

/** The whole application: per environment a core stack, and one stack for each type of secret in use. */
export function keyturnApp({ estates, root, app: props }: KeyturnAppOptions): App {
  const app = new App(props);
  Validations.of(app).addPlugins(...nagPacks(app));
  for (const { estate, bundles } of estates) addStacks(app, estate, bundles, root);
  return app;
}

function addStacks(app: App, estate: Estate, bundles: Bundles, root: string): void {
  const { environment, config } = estate;
  const aws = config.environments[environment]?.aws;
  const props = {
    ...(aws !== undefined && { env: aws }),
    tags: { 'keyturn:organization': config.organization, 'keyturn:environment': environment },
    terminationProtection: true,
    estate,
  };
  const flowText = (flow: string) => readFileSync(join(root, 'state-machines', `${flow}.asl.json`), 'utf8');
  const core = new CoreStack(app, `keyturn-${environment}-core`, {
    ...props,
    description: `Keyturn, ${environment}: ledger, keys, audit and the steps that read no value`,
    bundle: bundles.shared,
    definition: flowText,
  });
  warnOfThisMachine(core, estate);
  for (const type of estate.types) {
    new TypeStack(app, `keyturn-${environment}-${type.name}`, {
      ...props,
      description: `Keyturn, ${environment}: rotation of ${type.name} secrets`,
      core,
      type,
      bundle: bundles.ofType(type.name),
      definition: flowText(type.flow),
    });
  }
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { z } from 'zod';
import type { Catalog } from '../../lib/core/catalog.ts';
import { type Estate, estatesOf } from '../../lib/infra/estate.ts';
import { keyturnApp } from '../../lib/infra/keyturn-app.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';
import { root } from '../support/sources.ts';

export const exampleText = readFileSync(resolve(root, 'examples/postgresql/keyturn.yaml'), 'utf8');
export const flowText = readFileSync(resolve(root, 'state-machines/overlap.asl.json'), 'utf8');

/** The validation against CloudFormation's schemas takes seconds; `cdk synth` does it. */
process.env.CDK_VALIDATION = 'false';

/** Any folder will do where no test looks into the bundles. */
const noBundles = { shared: () => resolve(root, 'lambdas'), ofType: () => () => resolve(root, 'lambdas') };

export interface Synthesis {
  readonly app: App;
  readonly estates: readonly Estate[];
  template(stack: string): Template;
}

/** The application for a configuration, with the context of cdk.json; annotations are read from it instead of printed. */
export function synthesize(text: string, catalog: Catalog): Synthesis {
  const checked = parseConfig(text, catalog);
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(resolve(root, 'cdk.json'), 'utf8')));
  const outdir = mkdtempSync(join(tmpdir(), 'keyturn-cdk-'));
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));
  const estates = estatesOf(checked.config, catalog);
  const app = keyturnApp({
    estates: estates.map((estate) => ({ estate, bundles: noBundles })),
    root,
    app: {
      context: { ...context, '@aws-cdk/core:annotationsInValidationReport': false },
      outdir,
      analyticsReporting: false,
    },
  });
  return { app, estates, template: (name) => Template.fromStack(stackOf(app, name)) };
}

function stackOf(app: App, name: string): Stack {
  const found = app.node.children.find((child): child is Stack => child.node.id === name);
  if (found === undefined) throw new Error(`no stack ${name} in ${app.node.children.map(({ node }) => node.id)}`);
  return found;
}

const statement = z.looseObject({
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]).transform((action) => [action].flat()),
  Resource: z.unknown().transform((resource) => [resource].flat()),
});
export type Statement = z.output<typeof statement>;

const policy = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({ Statement: z.array(statement) }),
});

/** The statements of each role, by the id of the construct that has it: a step, or `Rotation` for the machine. */
export function statementsByOwner(template: Template): Map<string, Statement[]> {
  const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
  return new Map(
    policies.map(({ Properties }) => {
      const { Roles, PolicyDocument } = policy.parse(Properties);
      return [ownerOf(Roles[0]?.Ref ?? ''), PolicyDocument.Statement];
    }),
  );
}

/** `generateRole1A2B3C4D` -> `generate` */
export const ownerOf = (logicalId: string): string => logicalId.replace(/(Role|Function|Policy)[0-9A-F]{8}$/, '');

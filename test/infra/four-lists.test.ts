import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOfFlow, type MachineName } from '../../lib/core/step.ts';
import { steps } from '../../lib/core/steps/index.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { root } from '../support/sources.ts';
import { exampleText, ownerOf, synthesize } from './synthesis.ts';

const MACHINES = ['overlap', 'keyring', 'reissue', 'fleet', 'intake'] as const;

const namesOf = (machine: MachineName) =>
  steps
    .filter((step) => isOfFlow(step, machine))
    .map(({ name }) => name)
    .sort();

describe('one name for a step', () => {
  const { template } = synthesize(exampleText, builtIn);
  const names = steps.map(({ name }) => name).sort();

  it.each(MACHINES)('is its placeholder in the machine %s', (machine) => {
    const text = readFileSync(join(root, 'state-machines', `${machine}.asl.json`), 'utf8');
    const placeholders = [...text.matchAll(/\$\{([a-z]\w*)\}/g)].map(([, name]) => name);
    expect([...new Set(placeholders)].sort()).toEqual(namesOf(machine));
  });

  it('is its file in lambdas/, which hands over that step', () => {
    const files = readdirSync(join(root, 'lambdas')).sort();
    expect(files.map((file) => basename(file, '.ts'))).toEqual(names);
    for (const name of names) {
      expect(readFileSync(join(root, 'lambdas', `${name}.ts`), 'utf8')).toBe(
        `import { ${name} } from '../lib/core/steps/${name}.ts';\nimport { asLambda } from '../lib/runtime/as-lambda.ts';\n\nexport const handler = asLambda(${name});\n`,
      );
    }
  });

  it("is its function's id", () => {
    const ids = ['core', 'postgresql'].flatMap((stack) =>
      Object.keys(template(`keyturn-production-${stack}`).findResources('AWS::Lambda::Function')),
    );
    expect(ids.map(ownerOf).sort()).toEqual([...namesOf('overlap'), ...namesOf('fleet'), ...namesOf('intake')].sort());
  });
});

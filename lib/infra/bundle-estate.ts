import { join } from 'node:path';
import { writeConfigDocument } from '../core/config-document.ts';
import type { Step } from '../core/step.ts';
import { bundle } from './bundle.ts';
import { certificateFiles } from './certificate-files.ts';
import { type Estate, rotatedSecrets, sharedSteps } from './estate.ts';
import { type Use, usesOf } from './plugins-in-use.ts';
import { needsThisMachine } from './this-machine.ts';

export interface BundleSources {
  /** The root of Keyturn's source. */
  readonly root: string;
  /** The folder of keyturn.yaml: the certificates that it names are looked for there. */
  readonly baseDir: string;
  /** Gets one folder per function. */
  readonly outdir: string;
}

/** The folders of an estate's bundles. */
export interface Bundles {
  readonly shared: (step: string) => string;
  readonly ofType: (type: string) => (step: string) => string;
}

/** Bundles every function of an estate: one pass for the shared steps and one for each type. */
export async function bundleEstate(estate: Estate, { root, baseDir, outdir }: BundleSources): Promise<Bundles> {
  const folder = (part: string) => join(outdir, estate.environment, part);
  const write = async (part: string, steps: readonly Step[], uses: readonly Use[]) => {
    const files = {
      'config.json': writeConfigDocument(estate.config),
      ...certificateFiles(
        uses.map(({ config }) => config),
        baseDir,
      ),
    };
    await bundle({
      root,
      outdir: folder(part),
      steps: steps.map(({ name }) => name),
      uses: uses.filter((use) => !needsThisMachine(use)),
      files,
    });
  };
  const rotated = rotatedSecrets(estate);
  const planned = usesOf(['secretType', 'backend', 'notifier'], rotated, estate.config);
  await Promise.all([
    write('shared', sharedSteps, planned),
    ...estate.types.map(({ name, steps, secrets }) => {
      const kinds = [...new Set(steps.flatMap(({ opens }) => opens))];
      return write(name, steps, usesOf(kinds, secrets, estate.config));
    }),
  ]);
  return { shared: (step) => join(folder('shared'), step), ofType: (type) => (step) => join(folder(type), step) };
}

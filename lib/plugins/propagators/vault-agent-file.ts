import { resolve } from 'node:path';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PropagatorClient } from '../../core/ports.ts';
import { versionMarker } from '../../core/version-marker.ts';
import { versionPattern } from '../files/file-version.ts';
import { readIfPresent } from '../files/replace-file.ts';

const config = z.strictObject({
  use: z.literal('vault-agent-file'),
  /** The file that the agent renders, relative to keyturn.yaml. */
  path: z.string().min(1),
  /** The line of the file that tells the version, e.g. `# keyturn {version}`; `KEYTURN_VERSION_<NAME>={version}` when absent. */
  line: z
    .string()
    .refine((line) => versionPattern(line) !== undefined, 'expected one line with a text before {version}')
    .optional(),
  /** How long the agent may take; longer than its render interval. */
  waitSeconds: z.int().min(1).max(40).default(30),
});

/** Milliseconds. */
const PAUSE = 500;

/** Waits until a Vault agent has rendered its file with the version. It only ever reads: the agent is the file's one writer. */
export const vaultAgentFile = definePlugin({
  name: 'vault-agent-file',
  summary: 'A file that a Vault agent renders: waits until it has the version',
  config,
  create: (options, { baseDir, clock }): PropagatorClient => {
    const path = resolve(baseDir, options.path);
    const versionIn = async (secretId: string): Promise<string | undefined> => {
      const pattern = versionPattern(options.line ?? `${versionMarker(secretId)}={version}`);
      return pattern?.exec((await readIfPresent(path))?.toString('utf8') ?? '')?.[1];
    };
    return {
      put: async ({ secretId, version }) => {
        if ((await versionIn(secretId)) === version) return 'not-applied';
        const deadline = clock.now() + options.waitSeconds * 1000;
        while (clock.now() < deadline) {
          await clock.sleep(PAUSE);
          if ((await versionIn(secretId)) === version) return 'applied';
        }
        const detail = `the agent has not rendered version ${version} within ${options.waitSeconds} s`;
        throw new RotationError('Unavailable', { subject: path, detail });
      },
      current: versionIn,
    };
  },
});

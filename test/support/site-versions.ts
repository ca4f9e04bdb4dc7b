import { join } from 'node:path';
import type { Versions } from '../../lib/core/ports.ts';
import { refOf } from '../../lib/core/run.ts';
import { openLocal } from '../../lib/local/local.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';

/** What the backend of a folder with keyturn.yaml holds of a secret. */
export async function versionsIn(folder: string, secretId: string): Promise<Versions> {
  const local = openLocal({
    configFile: join(folder, 'keyturn.yaml'),
    dataDir: join(folder, '.keyturn'),
    catalog: builtIn,
  });
  try {
    const { config, open } = local.deps();
    const entry = config.secrets.get(secretId);
    if (entry === undefined) throw new Error(`the site lacks ${secretId}`);
    return await (await open.backend(entry)).versions(refOf(entry));
  } finally {
    local.close();
  }
}

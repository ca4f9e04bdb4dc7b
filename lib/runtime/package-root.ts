import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of Keyturn's own package.json, from the sources as from the bundle. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'state-machines'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the folder state-machines is not part of this installation');
    folder = parent;
  }
  return folder;
}

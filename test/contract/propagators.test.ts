import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { propagators } from '../../lib/plugins/propagators/index.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type PropagatorHarness, propagatorContract } from './propagator-contract.ts';

const unwritable = (baseDir: string, config: object) => ({
  config,
  error: 'StorageFailed',
  says: join(baseDir, 'nowhere'),
});

const HARNESSES: Readonly<Record<string, PropagatorHarness>> = {
  'env-file': {
    start: async () => {
      const baseDir = temporaryDirectory();
      const config = { use: 'env-file', path: 'app.env', data: { DB_PASSWORD: '{password}' }, reader: 'shell' };
      return {
        config,
        deps: { baseDir },
        file: join(baseDir, 'app.env'),
        broken: unwritable(baseDir, { ...config, path: 'nowhere/app.env' }),
        read: async () =>
          execFileSync('sh', ['-c', '. ./app.env; printf %s "$DB_PASSWORD"'], { cwd: baseDir, encoding: 'utf8' }),
        beside: {
          make: () => writeFile(join(baseDir, 'app.env'), '# mine\nOTHER=1 # too\n'),
          look: async () => (await readFile(join(baseDir, 'app.env'), 'utf8')).split('\n').slice(0, 2),
        },
      };
    },
  },
  'file-template': {
    start: async () => {
      const baseDir = temporaryDirectory();
      const config = { use: 'file-template', path: 'app.json', template: '{ "password": "{password:json}" }' };
      const file = join(baseDir, 'app.json');
      return {
        config,
        deps: { baseDir },
        file,
        broken: unwritable(baseDir, { ...config, path: 'nowhere/app.json' }),
        read: async () => JSON.parse(await readFile(file, 'utf8')).password,
      };
    },
  },
};

describe.each(propagators)('propagator $name', (plugin) => {
  const harness = HARNESSES[plugin.name];
  if (!harness) throw new Error(`propagator ${plugin.name} has no harness in this file: add one`);
  propagatorContract(plugin, harness);
});

import { existsSync } from 'node:fs';
import type { Catalog } from '../core/catalog.ts';
import type { Config } from '../core/config.ts';
import { RotationError } from '../core/errors.ts';
import { type Local, openLocal } from '../local/local.ts';
import { readConfig } from '../runtime/read-config.ts';
import type { Context } from './command.ts';
import { ConfigRefused } from './config-refused.ts';
import type { ExitCode } from './exit-codes.ts';
import { loadCatalog } from './own-plugins.ts';

export interface Configured {
  readonly catalog: Catalog;
  readonly config: Config;
}

/** The configuration with its plugins. @throws ConfigRefused with all errors, RotationError */
export async function readConfigured({ globals }: Pick<Context, 'globals'>): Promise<Configured> {
  const file = globals.config;
  if (!existsSync(file)) {
    throw new RotationError('ConfigInvalid', {
      subject: file,
      detail: 'there is no such file: `keyturn init` writes one, --config names another',
    });
  }
  const catalog = await loadCatalog(file);
  const result = readConfig(file, catalog);
  if ('errors' in result) throw new ConfigRefused(file, result.errors);
  return { catalog, config: result.config };
}

/** This machine, opened for one command, with the configuration as it was when the command began. */
export interface Host extends Configured {
  readonly local: Local;
}

/** @throws ConfigRefused, RotationError */
export async function withHost(context: Context, work: (host: Host) => Promise<ExitCode>): Promise<ExitCode> {
  const { catalog, config } = await readConfigured(context);
  const { config: configFile, data: dataDir } = context.globals;
  const local = openLocal({ configFile, dataDir, catalog });
  try {
    return await work({ local, catalog, config });
  } finally {
    local.close();
  }
}

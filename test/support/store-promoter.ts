import { writeSync } from 'node:fs';
import { RotationError } from '../../lib/core/errors.ts';
import { local } from '../../lib/plugins/backends/local.ts';
import { pluginDeps } from './plugin-deps.ts';

/** Promotes one version of a local store and tells what came of it. */

const [dataDir = '', version = '', expected = ''] = process.argv.slice(2);
const client = await local.create({ use: 'local' }, pluginDeps({ dataDir }));
const ref = { path: 'database/orders', fields: { password: 'pg_password' } };
const told = await client.promote(ref, version, expected).catch((error: unknown) => error);
writeSync(1, `${told instanceof RotationError ? told.name : String(told)}\n`);

import { writeSync } from 'node:fs';
import { RotationError } from '../../../lib/core/errors.ts';
import { Secret } from '../../../lib/core/secret.ts';
import { local } from '../../../lib/plugins/backends/local.ts';
import { pluginDeps } from '../plugin-deps.ts';

/** Stages twenty versions of a local store, promotes the last of them and tells what came of it. */

const [dataDir = '', name = '', expected = ''] = process.argv.slice(2);
const client = await local.create({ use: 'local' }, pluginDeps({ dataDir }));
const ref = { path: 'database/orders', fields: { password: 'pg_password' } };
for (let number = 1; number <= 20; number += 1) {
  await client.stage(ref, `${name}-${number}`, Secret.of({ password: `${name}-${number}` }));
}
const told = await client.promote(ref, `${name}-20`, expected).catch((error: unknown) => error);
writeSync(1, `${told instanceof RotationError ? told.name : String(told)}\n`);

import { writeSync } from 'node:fs';
import { Secret } from '../../../lib/core/secret.ts';
import { local } from '../../../lib/plugins/backends/local.ts';
import { pluginDeps } from '../plugin-deps.ts';

/** Writes to a local store without end and says so after each call: `<what> <number>`. */

const [dataDir = '', start = '1'] = process.argv.slice(2);
const client = await local.create({ use: 'local' }, pluginDeps({ dataDir }));
const ref = { path: 'database/orders', fields: { password: 'pg_password' } };
const say = (line: string) => void writeSync(1, `${line}\n`);

for (let number = Number(start); ; number += 1) {
  const version = number.toString(16).padStart(32, '0');
  const { current } = await client.versions(ref);
  await client.stage(ref, version, Secret.of({ password: `value ${number}` }));
  say(`staged ${number}`);
  if (number % 3 === 0) {
    await client.discard(ref, version);
    say(`discarded ${number}`);
  } else {
    await client.promote(ref, version, current?.version);
    say(`promoted ${number}`);
  }
}

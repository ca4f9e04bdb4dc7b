import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { versionMarker } from '../../lib/core/version-marker.ts';
import { openLocal } from '../../lib/local/local.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { cli } from '../support/cli.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { useTempDir } from '../support/temp-dir.ts';

const SECRET = 'production/apps/cookies';
const folder = useTempDir();
const open: { consumer?: TestServer } = {};
afterEach(() => open.consumer?.close());

const configOf = (consumer: string, classification: string) => ({
  version: 1,
  organization: 'test',
  environments: { production: {} },
  backends: { local: { use: 'local' } },
  policy: { LOW: { poll: '1s', grace: '0s', relax: 'a test waits for nobody' } },
  secrets: {
    [SECRET]: {
      type: 'generic',
      classification,
      owner: 'shop-team',
      target: { maxGapSeconds: 60, value: { length: 64, alphabet: '0123456789abcdef' } },
      consumers: [
        {
          name: 'shop',
          propagate: { use: 'env-file', path: 'shop.env', data: { COOKIE_KEY: '{value}' } },
          verify: [{ use: 'http-version', url: `${consumer}/versions` }],
        },
      ],
    },
  },
});

it('a value without a target is brought to its consumer, and nothing is said to be proven of its death', async () => {
  const dir = folder();
  const envFile = join(dir, 'shop.env');
  writeFileSync(envFile, '');
  const line = new RegExp(`${versionMarker(SECRET)}=(\\w+)`);
  const versionIn = () => line.exec(readFileSync(envFile, 'utf8'))?.[1] ?? '';
  open.consumer = await startServer((_request, reply) =>
    reply.end(JSON.stringify({ versions: { [SECRET]: versionIn() } })),
  );
  const write = (classification: string) =>
    writeFileSync(join(dir, 'keyturn.yaml'), stringify(configOf(open.consumer?.origin ?? '', classification)));

  write('HIGH');
  const refused = await cli(dir, ['validate']);
  expect([refused.code, refused.stderr + refused.stdout]).toEqual([2, expect.stringContaining('one slot')]);

  write('LOW');
  const put = await cli(dir, ['put', SECRET], { stdin: JSON.stringify({ value: 'first value' }) });
  expect(put.code, put.stderr).toBe(0);
  const doctor = await cli(dir, ['doctor']);
  expect(doctor.stdout + doctor.stderr).toContain('not tested: there is no target to ask');
  const rotated = await cli(dir, ['rotate', SECRET, '--yes']);
  expect(rotated.code, rotated.stderr).toBe(0);
  expect(readFileSync(envFile, 'utf8')).toMatch(/^COOKIE_KEY=['"]?[0-9a-f]{64}['"]?$/m);

  const history = await cli(dir, ['history', SECRET, '--json']);
  const [rotation] = Object(history.json()).rotations;
  const local = openLocal({ configFile: join(dir, 'keyturn.yaml'), dataDir: join(dir, 'data'), catalog: builtIn });
  const proofs = await local.deps().ledger.evidence(Object(rotation).rotationId);
  local.close();
  const verdicts = Object.fromEntries(proofs.map(({ subject, verdict }) => [subject, verdict]));
  expect(verdicts).toEqual({ target: 'waived', 'consumer:shop': 'verified', quiet: 'waived', refused: 'waived' });
});

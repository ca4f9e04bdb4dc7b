import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, openEstate } from '../../examples/estate/estate.ts';
import type { Part } from '../../examples/estate/part.ts';
import { PARTS } from '../../examples/estate/parts/index.ts';
import { startTraffic, type Traffic } from '../../lib/cli/demo/traffic.ts';
import { keyturn } from '../support/command.ts';
import { missing } from '../support/peers.ts';

/** How many moments for each type; more with KEYTURN_ESTATE_KILLS=20. */
const KILLS = Number(process.env.KEYTURN_ESTATE_KILLS ?? 4);
const PER_SECOND = 5;
/** Before this a process has read nothing but its own code. */
const EARLIEST_MS = 300;

const SECRETS = [
  'production/database/orders',
  'production/database/sessions',
  'production/api-keys/partner',
  'production/external/grafana',
  'production/encryption/login-signing',
  'production/encryption/archive',
  'production/certificates/shop',
];

/** Of class LOW nobody is asked, and nothing waits longer than the target demands. */
const inHaste = (text: string) =>
  text
    .replaceAll(/classification: (HIGH|MEDIUM)/g, 'classification: LOW')
    .replace('policy:', 'policy:\n  LOW: { poll: 1s }');

const absent = missing('redis');

describe.skipIf(absent)(
  `kill -9 at ${KILLS} moments of each rotation of the estate${absent ? ` (${absent})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-estate-kill-'));
    let parts: Part[];
    let estate: Estate;
    let traffic: Traffic;
    beforeAll(async () => {
      const started = await Promise.all(PARTS.map((start) => start(folder)));
      parts = started.filter((part): part is Part => 'first' in part);
      estate = await openEstate(folder, parts, { edit: inHaste });
      traffic = startTraffic(estate.servicePorts, PER_SECOND);
    });
    afterAll(async () => {
      await traffic.stop();
      await estate.close();
      await Promise.all(parts.map((part) => part.stop()));
      rmSync(folder, { recursive: true, force: true });
    });

    const run = (args: readonly string[], killAfterMs?: number) =>
      keyturn(['--data', 'data', ...args], { cwd: folder, ...(killAfterMs !== undefined && { killAfterMs }) });

    it.each(SECRETS)(
      '%s ends clean each time, with one version for each run',
      { timeout: 1_200_000 },
      async (secret) => {
        const begun = Date.now();
        expect((await run(['rotate', secret, '--yes'])).code).toBe(0);
        const whole = Date.now() - begun;
        for (let kill = 0; kill < KILLS; kill += 1) {
          const at = EARLIEST_MS + Math.floor(((whole - EARLIEST_MS) * kill) / KILLS);
          await run(['rotate', secret, '--yes'], at);
          const { code, stderr } = await run(['resume', '--yes']);
          expect([0, 1], `killed after ${at} ms: ${stderr}`).toContain(code);
          expect(JSON.parse((await run(['status', '--json'])).stdout).rotations, `killed after ${at} ms`).toEqual([]);
          expect((await estate.versionsOf(secret)).pending, `killed after ${at} ms`).toEqual([]);
          const value = (await estate.values()).get(secret);
          const part = parts.find(({ looksAt }) => looksAt.includes(secret));
          expect(value && (await part?.look(secret, value)), `killed after ${at} ms`).toBe('accepted');
        }
        const { rotations } = JSON.parse((await run(['history', secret, '--limit', '100', '--json'])).stdout);
        const versions = rotations.map(({ version }: { version: string }) => version);
        expect(new Set(versions).size).toBe(versions.length);
        expect(traffic.tally()).toMatchObject({ failedAuthentications: 0, otherFailures: 0 });
      },
    );
  },
);

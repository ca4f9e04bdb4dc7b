import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cli, type Given, type Said } from './cli.ts';
import { root } from './sources.ts';

export const TOY = 'staging/apps/shop';
/** The password that is in use before the first rotation. */
export const FIRST = 'canary-first-password-of-shop';

export interface ToySite {
  readonly folder: string;
  run(...args: readonly string[]): Promise<Said>;
  runWith(given: Given, ...args: readonly string[]): Promise<Said>;
  /** The login that the one consumer is proven on from now on. */
  proven(login: 'any' | 'blue' | 'none'): void;
  /** Whether the old value is in use. */
  inUse(used: boolean): void;
  /** The logins that the target accepts. */
  accepted(): string[];
}

/** A folder with a keyturn.yaml, a plugin of its own, and a first value: everything of a rotation but a server. */
export async function toySite(folder: string, classification = 'LOW', more = ''): Promise<ToySite> {
  writeFileSync(join(folder, 'keyturn.yaml'), yaml(classification, more));
  const plugins = join(root, 'test/support/toy-plugins.mjs');
  writeFileSync(join(folder, 'keyturn.config.mjs'), `export { default } from ${JSON.stringify(plugins)};\n`);
  writeFileSync(join(folder, 'target.json'), JSON.stringify({ blue: FIRST }));
  const runWith: ToySite['runWith'] = (given, ...args) => cli(folder, args, given);
  const site: ToySite = {
    folder,
    runWith,
    run: (...args) => runWith({}, ...args),
    proven: (login) => writeFileSync(join(folder, 'verdict'), login),
    inUse: (used) =>
      used ? writeFileSync(join(folder, 'in-use'), '') : rmSync(join(folder, 'in-use'), { force: true }),
    accepted: () =>
      Object.entries(JSON.parse(readFileSync(join(folder, 'target.json'), 'utf8')))
        .filter(([, password]) => password !== null)
        .map(([name]) => name),
  };
  site.proven('any');
  const stdin = JSON.stringify({ username: 'blue', password: FIRST });
  const put = await runWith({ stdin }, 'put', TOY);
  expect(put.code, put.stderr).toBe(0);
  expect(existsSync(join(folder, 'data/ledger.db'))).toBe(true);
  return site;
}

const yaml = (classification: string, more: string) => `version: 1
organization: test
environments: { staging: {} }
backends: { local: { use: local } }
policy: { LOW: { quietDeadline: 0s, poll: 1s } }
${more}
secrets:
  ${TOY}:
    type: toy
    classification: ${classification}
    owner: shop-team
    target: { file: target.json, names: [blue, green] }
    consumers:
      - name: shop
        propagate: { use: env-file, path: shop.env, data: { PASSWORD: "{password}" } }
        verify: [{ use: says, file: verdict }]
  staging/external/hook: { type: external, classification: LOW, owner: shop-team }
`;

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cli, type Given, type Said } from './cli.ts';
import { root } from './sources.ts';

/** What sets a secret of a fleet apart from the others. */
export interface FleetSecret {
  readonly classification?: string;
  /** The file of its logins, which is its target; one of its own when absent. */
  readonly host?: string;
  /** The consumer's own keys but its copy, as YAML in braces; a file says on which login it is proven when absent. */
  readonly consumer?: string;
  /** The consumer's env file; one of its own when absent. */
  readonly env?: string;
}

export interface FleetSite {
  readonly folder: string;
  run(...args: readonly string[]): Promise<Said>;
  runWith(given: Given, ...args: readonly string[]): Promise<Said>;
  /** The login that the consumer of a secret is proven on. */
  proven(name: string, login: 'any' | 'blue' | 'none'): void;
  /** The logins that a target accepts. */
  accepted(name: string): string[];
  /** Of each secret, as the last run told it. */
  outcomes(said: Said): Record<string, string>;
}

export const idOf = (name: string): string => `staging/apps/${name}`;

/** A folder with several secrets of a type of its own, each with a first value, a target and a consumer. */
export async function fleetSite(
  folder: string,
  secrets: Readonly<Record<string, FleetSecret>>,
  policy = 'LOW: { quietDeadline: 0s, poll: 1s }',
): Promise<FleetSite> {
  const entries = Object.entries(secrets).map(([name, secret]) => entryOf(name, secret));
  const yaml = `version: 1
organization: test
environments: { staging: {} }
backends: { local: { use: local } }
policy: { ${policy} }
secrets:
${entries.join('')}`;
  writeFileSync(join(folder, 'keyturn.yaml'), yaml);
  const plugins = join(root, 'test/support/toy-plugins.mjs');
  writeFileSync(join(folder, 'keyturn.config.mjs'), `export { default } from ${JSON.stringify(plugins)};\n`);
  const site: FleetSite = {
    folder,
    runWith: (given, ...args) => cli(folder, args, given),
    run: (...args) => cli(folder, args),
    proven: (name, login) => writeFileSync(join(folder, `${name}.verdict`), login),
    accepted: (name) =>
      Object.entries(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')))
        .filter(([, password]) => password !== null)
        .map(([login]) => login),
    outcomes: (said) => {
      const rotations = said.json().rotations;
      expect(Array.isArray(rotations), said.stderr).toBe(true);
      return Object.fromEntries(
        Object.values(Object(rotations)).map((it) => [Object(it).secret.split('/')[2], Object(it).outcome]),
      );
    },
  };
  for (const name of Object.keys(secrets)) await first(site, name);
  return site;
}

async function first(site: FleetSite, name: string): Promise<void> {
  const file = join(site.folder, `${name}.json`);
  if (!existsSync(file)) writeFileSync(file, JSON.stringify({ blue: `canary-first-of-${name}` }));
  site.proven(name, 'any');
  const stdin = JSON.stringify({ username: 'blue', password: `canary-first-of-${name}` });
  const put = await site.runWith({ stdin }, 'put', idOf(name));
  expect(put.code, put.stderr).toBe(0);
}

function entryOf(name: string, { classification = 'LOW', host, consumer, env = `${name}.env` }: FleetSecret): string {
  const variable = `PASSWORD_${name.toUpperCase()}`;
  const own = consumer ?? `{ verify: [{ use: says, file: ${name}.verdict }] }`;
  return `  ${idOf(name)}:
    type: toy
    classification: ${classification}
    owner: shop-team
    target: { file: ${name}.json, names: [blue, green]${host === undefined ? '' : `, host: ${host}`} }
    consumers:
      - { name: ${name}-app, propagate: { use: env-file, path: ${env}, data: { ${variable}: "{password}" } }, ${own.slice(1)}
`;
}

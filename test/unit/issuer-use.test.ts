import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Catalog } from '../../lib/core/catalog.ts';
import { configSchema } from '../../lib/core/config.ts';
import { issuerUse } from '../../lib/core/issuer-ports.ts';
import { definePlugin, defineSecretType } from '../../lib/core/plugin.ts';
import { writtenAs } from '../../lib/core/plugin-use.ts';
import { Secret } from '../../lib/core/secret.ts';
import { usesOf } from '../../lib/infra/plugins-in-use.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { makeOpener } from '../../lib/runtime/opener.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';
import { createScrubber } from '../../lib/runtime/scrubber.ts';
import { made } from '../support/made.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const ID = 'production/api/gateway';

const mint = definePlugin({
  name: 'mint',
  summary: 'Makes tokens.',
  config: z.strictObject({ use: z.literal('mint'), url: z.url(), admin: z.strictObject({ secret: z.string() }) }),
  create: ({ url }) => ({
    issue: async (name: string) => Secret.of({ id: `id-of-${name}`, token: `token-from-${url}` }),
    withdraw: async () => 'not-applied' as const,
    revoke: async () => 'not-applied' as const,
    lastUsed: async () => 'unknown' as const,
    probe: async () => 'accepted' as const,
  }),
});

const badge = defineSecretType({
  name: 'badge',
  summary: 'A token.',
  config: z.strictObject({ issuer: issuerUse, colour: z.string().optional() }),
  flow: 'overlap',
  fields: ['id', 'token'],
  issuedBy: 'issuers',
  overlap: () => ({ kind: 'dual' }),
  templateFields: () => ({}),
  identities: () => [],
  create: async ({ issuer }, deps) => {
    const opened = await deps.issuer(issuer);
    return {
      generate: async ({ version }) => {
        const value = await opened.issue(version);
        deps.log.info(`issued ${value.field('id')} as ${value.field('token')}`);
        return value;
      },
      prepare: async () => ({ statements: [], blocked: [] }),
      install: async () => 'not-applied' as const,
      uninstall: async () => 'not-applied' as const,
      probe: ({ value }) => opened.probe(value),
      quiet: async () => ({ quiet: true, why: 'nobody asks' }),
      retire: async () => 'not-applied' as const,
      sessions: async () => [],
    };
  },
});

const catalog: Catalog = { ...builtIn, secretTypes: [badge], issuers: [mint] };

const TEXT = `
version: 1
organization: test
environments: { production: {} }
backends: { local: { use: local } }
secrets:
  ${ID}-admin: { type: external, classification: LOW, owner: team }
  ${ID}:
    type: badge
    classification: LOW
    owner: team
    target: { issuer: { use: mint, url: "https://mint.test/", admin: { secret: ${ID}-admin } } }
    consumers: { waived: { reason: nobody uses it yet, owner: team, expires: "2099-01-01" } }
`;

const withIssuer = (change: object) => {
  const tree = parse(TEXT);
  Object.assign(tree.secrets[ID].target.issuer, change);
  return tree;
};
const problemsOf = (tree: object) => {
  const checked = parseConfig(stringify(tree), catalog);
  return 'errors' in checked
    ? checked.errors.map(({ path, message, remedy }) => `${path}: ${message} | ${remedy}`)
    : [];
};

describe('an issuer in keyturn.yaml', () => {
  it('is accepted as its own schema says', () => {
    expect(problemsOf(withIssuer({}))).toEqual([]);
  });

  it.each([
    ['a name that is none', { use: 'mnt' }, /target\.issuer\.use: expected one of mint.* did you mean mint\?/],
    ['an unknown key', { urll: 1 }, /target\.issuer\.urll: unknown key.* did you mean url\?/],
    ['a wrong value', { url: 'nowhere' }, /target\.issuer\.url: /],
    [
      'a reference to nothing',
      { admin: { secret: `${ID}-admni` } },
      /issuer\.admin\.secret: .* mean .*gateway-admin\?/,
    ],
  ])('is refused for %s, with its path and the nearest name', (_, change, problem) => {
    expect(problemsOf(withIssuer(change))).toEqual([expect.stringMatching(problem)]);
  });

  it('is in the JSON Schema', () => {
    const check = new Ajv2020({ strict: false, validateFormats: false }).compile(writtenAs(configSchema(catalog)));
    expect(check(withIssuer({}))).toBe(true);
    expect(check(withIssuer({ urll: 1 }))).toBe(false);
    expect(check(withIssuer({ use: 'mnt' }))).toBe(false);
  });
});

describe('an issuer that a target names', () => {
  const checked = parseConfig(TEXT, catalog);
  if (!('config' in checked)) throw new Error('the text does not hold');
  const { config } = checked;
  const entry = config.secrets.get(ID);
  if (entry === undefined) throw new Error('the entry is missing');

  it('is opened for its secret type, and what it issues shows in no log', async () => {
    const lines: string[] = [];
    const scrubber = createScrubber();
    const log = { info: (line: string) => lines.push(scrubber.scrub(line)), warn: () => undefined };
    const lifetime = () => ({
      get: () => Promise.reject(new Error('no backend is asked')),
      close: async () => undefined,
    });
    const { open } = makeOpener({ config, catalog, scrubber, lifetime, deps: pluginDeps({ log }) });
    const request = { current: Secret.of({}), version: 'v1', generation: 1 } as const;
    const value = await made(await open.secretType(entry), request);
    expect(value.reveal()).toEqual({ id: 'id-of-v1', token: 'token-from-https://mint.test/' });
    expect(lines).toEqual(['issued id-of-v1 as <redacted>']);
  });

  it('travels with the steps that open the type, and so does what it refers to', () => {
    const uses = usesOf(['secretType'], [entry], config).map(({ kind, use }) => `${kind} ${use}`);
    expect(uses).toEqual(expect.arrayContaining(['secretType badge', 'issuer mint', 'backend local']));
  });
});

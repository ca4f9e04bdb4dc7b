import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cli } from '../support/cli.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { toySite } from '../support/toy-site.ts';

const folder = useTempDir();
const configFile = () => join(folder(), 'keyturn.yaml');
const read = () => readFileSync(configFile(), 'utf8');
const run = (...args: readonly string[]) => cli(folder(), args);

describe('init', () => {
  it('writes a configuration that holds, with what it was told', async () => {
    const made = await run(
      'init',
      '--environment',
      'staging',
      '--secret',
      'staging/database/shop',
      '--host',
      'db',
      '--port',
      '6543',
      '--consumer',
      'shop-api',
      '--reload-url',
      'http://127.0.0.1:8080/reload',
    );
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toContain('keyturn put staging/database/shop');
    expect((await run('validate')).code).toBe(0);
    const { target, consumers } = parse(read()).secrets['staging/database/shop'];
    expect(target).toMatchObject({ host: 'db', port: 6543, roles: ['app_a', 'app_b'] });
    expect(consumers[0]).toMatchObject({ name: 'shop-api', restart: { use: 'http-reload' } });
  });

  it('knows a login of one role', async () => {
    expect((await run('init', '--roles', 'app', '--ssl', 'disable')).code).toBe(0);
    expect((await run('validate')).code).toBe(0);
    expect(read()).not.toContain('app_owner');
  });

  it('overwrites nothing, and writes nothing that does not hold', async () => {
    const bad = await run('init', '--roles', 'a,b', '--owner', 'a');
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('owner');
    expect(existsSync(configFile())).toBe(false);
    writeFileSync(configFile(), 'mine');
    expect((await run('init')).code).toBe(2);
    expect(read()).toBe('mine');
  });

  it('makes an operator key that only its owner can read', async () => {
    const key = join(folder(), 'ada.pem');
    const { code, stdout } = await run('init', '--operator', 'ada', '--key', key);
    expect(code).toBe(0);
    expect(parse(stdout).operators.ada.publicKey).toMatch(/^.{59}=$/);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect((await run('init', '--operator', 'ada', '--key', key)).code).toBe(1);
    expect((await run('init', '--operator', 'ada')).code).toBe(2);
  });
});

describe('validate', () => {
  it('tells all errors at once, each with its line and the nearest name', async () => {
    await run('init');
    writeFileSync(
      configFile(),
      read()
        .replace('organization:', 'organisation:')
        .replace('type: postgresql', 'type: postgres')
        .replace('use: env-file', 'use: env-fil'),
    );
    const { code, stderr, json } = await run('validate', '--json');
    expect(code).toBe(2);
    const { problems } = Object(json().error);
    const lineOf = (text: string) =>
      read()
        .split('\n')
        .findIndex((line) => line.includes(text)) + 1;
    expect(problems).toContainEqual(
      expect.objectContaining({
        path: 'organisation',
        line: lineOf('organisation:'),
        remedy: expect.stringContaining('did you mean organization?'),
      }),
    );
    expect(problems).toContainEqual(
      expect.objectContaining({
        line: lineOf('type: postgres'),
        remedy: expect.stringContaining('did you mean postgresql?'),
      }),
    );
    expect(problems).toContainEqual(
      expect.objectContaining({
        line: lineOf('use: env-fil'),
        remedy: expect.stringContaining('did you mean env-file?'),
      }),
    );
    expect(stderr).toContain(`line ${lineOf('organisation:')}`);
  });

  it('says what to do where there is no configuration', async () => {
    const { code, stderr } = await run('validate');
    expect(code).toBe(2);
    expect(stderr).toContain('keyturn init');
  });

  it('tells what is wrong with own plugins', async () => {
    await run('init');
    writeFileSync(join(folder(), 'keyturn.config.mjs'), 'export default { secretType: [] };\n');
    const { code, stderr } = await run('validate');
    expect(code).toBe(2);
    expect(stderr).toContain('keyturn.config.mjs');
    expect(stderr).toContain('secretTypes');
  });
});

describe('schema', () => {
  /** What the schema says to a configuration, after a change. */
  const judge = async (change: (text: string) => string) => {
    const { stdout } = await run('schema');
    const check = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(stdout));
    return check(parse(change(read())));
  };

  it('accepts what validate accepts', async () => {
    await run('init');
    expect(await judge((text) => text)).toBe(true);
    expect(await judge((text) => text.replace('restart: { use: none }', 'restart: { use: none, wave: 2 }'))).toBe(true);
    expect(await judge((text) => `${text}\nnotifiers: [{ use: console, on: [failed] }]`)).toBe(true);
  });

  it.each([
    ['an unknown key', 'version: 1', 'version: 1\nmore: 1'],
    ['an unknown plugin', 'use: local', 'use: locale'],
    ["an unknown key of a plugin's", 'use: env-file', 'use: env-file\n          colour: red'],
    ['a wrong wave', 'restart: { use: none }', 'restart: { use: none, wave: 0 }'],
    ['a wrong port in a target', 'port: 5432', 'port: many'],
    ['an unknown type', 'type: external', 'type: extern'],
    ['a notifier that is told of nothing', 'secrets:', 'notifiers: [{ use: console }]\nsecrets:'],
  ])('refuses %s', async (_, from, to) => {
    await run('init');
    expect(read()).toContain(from);
    expect(await judge((text) => text.replace(from, to))).toBe(false);
  });

  it('knows own plugins', async () => {
    await toySite(folder());
    expect(await judge((text) => text)).toBe(true);
    expect(await judge((text) => text.replace('[blue, green]', '[blue]'))).toBe(false);
  });
});

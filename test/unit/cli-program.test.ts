import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../lib/cli/command-spec.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { EXIT, exitOfError, gravest } from '../../lib/cli/exit-codes.ts';
import { STATE_WORDS } from '../../lib/cli/state-words.ts';
import { cli } from '../support/cli.ts';
import { keyturn } from '../support/command.ts';
import { readSource, root } from '../support/sources.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { toySite } from '../support/toy-site.ts';

const folder = useTempDir();
const specs = COMMANDS.flatMap(({ commands }) => commands);
const all: CommandSpec[] = specs.flatMap((spec) => [spec, ...(spec.subcommands ?? [])]);

describe('keyturn --help', () => {
  it('names every command, and each has examples', async () => {
    const { code, stdout } = await cli(folder(), ['--help']);
    expect(code).toBe(0);
    for (const { usage, hidden } of specs) expect(stdout.includes(`  ${usage.split(' ')[0]} `)).toBe(hidden !== true);
    for (const { usage, examples, hidden, subcommands } of all)
      expect(examples.length > 0 || hidden || subcommands !== undefined, usage).toBe(true);
  });

  it('loads the parser of command lines and nothing else', async () => {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ['bin/keyturn.ts'],
      outdir: 'out',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      metafile: true,
      write: false,
    });
    const loaded = new Set<string>();
    const visit = (file: string): void => {
      for (const { path, kind, external } of metafile.outputs[file]?.imports ?? []) {
        if (kind === 'dynamic-import' || loaded.has(path)) continue;
        loaded.add(path);
        if (!external) visit(path);
      }
    };
    visit('out/keyturn.js');
    const packages = [...loaded].filter((path) => !path.startsWith('out/') && !path.startsWith('node:'));
    expect(packages).toEqual(['commander']);
  });
});

describe('every command', () => {
  it('refuses an unknown option and a missing argument, and has tried nothing', async () => {
    for (const args of [
      ['rotate', '--dues'],
      ['put'],
      ['nonsense'],
      ['rotate', '--target', 'aws'],
      ['audit', 'export'],
    ]) {
      const { code, stdout, stderr } = await cli(folder(), [...args, '--json']);
      expect(code, args.join(' ')).toBe(EXIT.usage);
      expect(JSON.parse(stdout).error.name).toBe('UsageError');
      expect(stderr).toContain('error:');
    }
  });

  it('has a module behind it', async () => {
    for (const { load, usage } of all) if (load !== undefined) expect(typeof (await load()), usage).toBe('function');
  });
});

describe('exit codes', () => {
  it('are those of the table, the gravest of several', () => {
    expect(gravest([])).toBe(0);
    expect(gravest([0, 4, 1, 3, 0])).toBe(3);
    expect(gravest([4, 1])).toBe(1);
    expect([exitOfError('ConfigInvalid'), exitOfError('AccessDenied'), exitOfError('TypeError')]).toEqual([2, 1, 1]);
  });
});

describe('an error that nobody expected', () => {
  it('is one line, and a stack only for those who ask', async () => {
    const site = await toySite(folder());
    const broken = { env: {}, stdin: '' };
    const args = ['asl', 'graph', site.folder];
    const short = await cli(folder(), args, broken);
    const long = await cli(folder(), args, { ...broken, env: { KEYTURN_DEBUG: '1' } });
    expect(short.code).toBe(2);
    expect(short.stderr.trim().split('\n')).toHaveLength(1);
    expect(long.stderr).toMatch(/\n +at /);
  });
});

/** Choices, joins, and the telling of the channels: they say nothing to people. */
const SILENT =
  /^(Enter|Notify\w+|All\w+|Wave|Name|Wave(Healthy|Failed|Done)|IsQuiet|QuietAgain|Confirm(Quiet|Person)|\w*Decision|GateOpen|Direction|AlreadyEnded|Superseded|Committed|RolledBack|Quarantined|Refused|Needed|StageDone|Rewrapped|RewrapAgain|Failing|Open|Select|AnyToStart|Launch|Jitter|NotStarted|Pause|Watch|AllRotated|NotAllRotated|Stopped)$/;

describe('progress', () => {
  it('has words for every state of the flows, or knows that it says nothing', () => {
    const statesOf = (machine: { States: Record<string, { ItemProcessor?: never }> }): string[] =>
      Object.entries(machine.States).flatMap(([name, { ItemProcessor: inner }]) => [
        name,
        ...(inner ? statesOf(inner) : []),
      ]);
    const states = ['overlap', 'keyring', 'reissue', 'fleet'].flatMap((flow) =>
      statesOf(JSON.parse(readSource(`state-machines/${flow}.asl.json`))),
    );
    expect(states.filter((name) => Object.hasOwn(STATE_WORDS, name) === SILENT.test(name))).toEqual([]);
    expect(Object.keys(STATE_WORDS).filter((name) => !states.includes(name))).toEqual([]);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { code, stdout } = await keyturn(['completion', shell], { cwd: root });
    expect(code).toBe(0);
    expect(stdout).toContain('keyturn complete --');
  });

  it('completes commands, options, and the ids of keyturn.yaml', async () => {
    await toySite(folder());
    const complete = async (...words: string[]) =>
      (await keyturn(['complete', '--', ...words], { cwd: folder() })).stdout;
    expect(await complete('ro')).toMatch(/^rotate\t/m);
    expect(await complete('rotate', 'stag')).toContain('staging/apps/shop');
    expect(await complete('rotate', '--du')).toContain('--due');
    expect(await complete('put', '')).toContain('staging/external/hook');
  });
});

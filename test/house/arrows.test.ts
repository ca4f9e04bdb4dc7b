import { describe, expect, it } from 'vitest';
import { importsOf, sourcesBelow } from '../support/sources.ts';

interface Room {
  readonly name: string;
  readonly files: RegExp;
  /** Files of the project that it may import. */
  readonly project: readonly RegExp[];
  /** Packages that it may import; a leading `!` list would be longer than these. */
  readonly packages: RegExp;
}

const CORE = /^lib\/core\//;
const REGISTRY = /^lib\/plugins\/[a-z-]+\/index\.ts$/;
const NODE = 'node:[a-z/_]+';
const anyBut = (...names: string[]) => new RegExp(`^(?!(${names.join('|')})($|/))`);

/** One direction: the first room that a file belongs to says what it may import. */
const ROOMS: readonly Room[] = [
  { name: 'core', files: CORE, project: [CORE], packages: /^(zod|canonicalize|node:crypto|node:util)$/ },
  {
    name: 'registry',
    files: REGISTRY,
    project: [/^lib\/core\/(ports|issuer-ports|notices|grants)\.ts$/, /^lib\/plugins\/[a-z-]+\/[a-z0-9-]+\.ts$/],
    packages: /^$/,
  },
  {
    name: 'plugin',
    files: /^lib\/plugins\//,
    project: [
      CORE,
      /^lib\/plugins\/(local|kubernetes|postgresql|redis|logins|files|channels|vault|entries|aws|aws-secrets-manager|aws-ssm|issuing|http-issuer|keyring|jwt|encryption|certificates|local-ca)\//,
    ],
    packages: anyBut('aws-cdk-lib', 'constructs', 'cdk-nag', 'commander', 'listr2'),
  },
  {
    name: 'runtime',
    files: /^lib\/runtime\//,
    project: [CORE, REGISTRY, /^lib\/(runtime|aws)\//],
    packages: anyBut('aws-cdk-lib', 'constructs', 'jsonata'),
  },
  {
    name: 'aws',
    files: /^lib\/aws\//,
    project: [CORE, /^lib\/aws\//],
    packages: new RegExp(`^(@aws-sdk/.+|zod|${NODE})$`),
  },
  {
    name: 'asl',
    files: /^lib\/asl\//,
    project: [/^lib\/asl\//],
    packages: new RegExp(`^(jsonata|asl-validator|${NODE})$`),
  },
  {
    name: 'local',
    files: /^lib\/local\//,
    project: [CORE, /^lib\/(asl|runtime|local)\//],
    packages: anyBut('aws-cdk-lib', 'constructs', '@aws-sdk', 'commander'),
  },
  {
    name: 'cli',
    files: /^lib\/cli\//,
    project: [CORE, /^lib\/(local|asl|runtime|cli)\//],
    packages: anyBut('aws-cdk-lib', 'constructs'),
  },
  {
    name: 'infra',
    files: /^lib\/infra\//,
    project: [CORE, REGISTRY, /^lib\/infra\//],
    packages: new RegExp(`^(aws-cdk-lib(/.+)?|constructs|cdk-nag|esbuild|zod|${NODE})$`),
  },
  { name: 'lambdas', files: /^lambdas\//, project: [/^lib\/(runtime|core\/steps)\//], packages: /^$/ },
];

const files = [...sourcesBelow('lib'), ...sourcesBelow('lambdas')];

function trespasses({ project, packages }: Room, file: string): string[] {
  return importsOf(file).filter((target) => {
    const inside = /^(lib|lambdas|bin|state-machines|test)\//.test(target);
    return inside ? !project.some((allowed) => allowed.test(target)) : !packages.test(target);
  });
}

describe('arrows between the rooms', () => {
  it.each(ROOMS)('$name imports only what it may', (room) => {
    const mine = files.filter((file) => ROOMS.find((candidate) => candidate.files.test(file)) === room);
    expect(mine, 'a room without files guards nothing').not.toEqual([]);
    expect(mine.flatMap((file) => trespasses(room, file).map((target) => `${file} -> ${target}`))).toEqual([]);
  });

  it('leaves no file outside a room', () => {
    expect(files.filter((file) => !ROOMS.some((room) => room.files.test(file)))).toEqual([]);
  });

  it('sees a trespass', () => {
    const core = ROOMS.find(({ name }) => name === 'core');
    expect(core && trespasses(core, 'lib/runtime/read-config.ts')).toContain('yaml');
  });
});

import { type CommandSpec, option } from './command-spec.ts';

const AUDIT: readonly CommandSpec[] = [
  {
    usage: 'verify',
    summary: 'check the audit chain, its signed head and its anchor',
    options: [
      option('--bundle <file>', 'check an exported bundle instead, away from its machine'),
      option('--public-key <base64>', 'the key that must have signed the bundle'),
    ],
    examples: [
      ['audit verify', 'exit code 5 when the chain does not hold'],
      ['audit verify --bundle audit.json --public-key MCow...', 'offline'],
    ],
    load: async () => (await import('./audit-verify.ts')).auditVerify,
  },
  {
    usage: 'query',
    summary: 'list audit records',
    options: [
      option('--secret <id>', 'of this secret'),
      option('--run <id>', 'of this rotation'),
      option('--since <time>', 'from this time on: 2026-01-31 or 2026-01-31T12:00:00Z'),
    ],
    examples: [['audit query --secret production/database/orders --json', 'JSON lines']],
    load: async () => (await import('./audit-query.ts')).auditQuery,
  },
  {
    usage: 'export',
    summary: 'write the chain as a bundle that verifies offline',
    options: [option('--out <file>', 'the new file', { required: true })],
    examples: [['audit export --out audit.json', 'records, signed head, public key']],
    load: async () => (await import('./audit-export.ts')).auditExport,
  },
];

const ASL: readonly CommandSpec[] = [
  {
    usage: 'validate <file>',
    summary: 'check a state machine: every finding with its rule and remedy',
    options: [option('--project', "Keyturn's own rules for flows as well")],
    examples: [['asl validate state-machines/overlap.asl.json', 'exit code 2 when it is refused']],
    load: async () => (await import('./asl-validate.ts')).aslValidate,
  },
  {
    usage: 'run <file>',
    summary: 'run a state machine on this machine, with mocked tasks',
    about: `Mocks: {"<State>": [{"result": {}} | {"error": "E", "cause": "..."} | {"token": "hold"}, ...]}, each with an optional
"delaySeconds"; consumed in order, the last repeating. A Task without a mock answers with an empty object.`,
    options: [
      option('--input <json>', 'the input, or @FILE', { default: '{}' }),
      option('--mocks <json>', 'what Tasks answer, or @FILE'),
      option('--virtual-time', 'waits pass at once'),
    ],
    examples: [
      [
        'asl run flow.asl.json --input \'{"n": 1}\' --mocks @mocks.json --virtual-time --json',
        'status, output and history',
      ],
    ],
    load: async () => (await import('./asl-run.ts')).aslRun,
  },
  {
    usage: 'graph <file>',
    summary: 'draw a state machine as SVG',
    options: [option('--out <file>', 'the picture (default: <file>.svg)')],
    examples: [['asl graph flow.asl.json', 'writes flow.svg']],
    load: async () => (await import('./asl-graph.ts')).aslGraph,
  },
];

export const EVIDENCE: readonly CommandSpec[] = [
  {
    usage: 'audit',
    summary: 'verify, query or export the audit chain',
    examples: [],
    subcommands: AUDIT,
  },
  {
    usage: 'asl',
    summary: 'validate, run or draw a state machine in the Amazon States Language',
    examples: [],
    subcommands: ASL,
  },
  {
    usage: 'demo',
    summary: 'the whole story on an embedded PostgreSQL, in under a minute',
    options: [option('--folder <directory>', 'where the servers and pictures go (default: a new temporary folder)')],
    examples: [['demo', 'a login replaced under live traffic, and a rotation that goes back']],
    load: async () => (await import('./play-demo.ts')).playDemo,
  },
  {
    usage: 'demo-service <env-file> <port> <name>',
    summary: 'one of the services of the demo',
    examples: [],
    hidden: true,
    load: async () => (await import('./play-demo.ts')).playService,
  },
];

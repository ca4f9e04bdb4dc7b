import { ACTOR, type CommandSpec, option } from './command-spec.ts';
import { KEYS } from './commands-keys.ts';
import { KUBERNETES } from './commands-kubernetes.ts';
import { VAULT } from './commands-vault.ts';

export const SETUP: readonly CommandSpec[] = [
  {
    usage: 'init',
    summary: 'write a commented keyturn.yaml, or make an operator key',
    about: `Writes keyturn.yaml for one PostgreSQL login and one consumer, to be edited from there; it is never overwritten.
With --operator it makes a key pair for a person who approves or asks for rotations.`,
    options: [
      option('--organization <name>', 'name of the organisation', { default: 'example' }),
      option('--environment <name>', 'environment, the first part of every id', { default: 'production' }),
      option('--secret <id>', 'id of the first secret (default: <environment>/database/app)'),
      option('--classification <class>', 'what is at stake', {
        choices: ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'],
        default: 'MEDIUM',
      }),
      option('--team <name>', 'team that owns the secret', { default: 'platform' }),
      option('--host <name>', 'host of the database', { default: 'localhost' }),
      option('--port <number>', 'its port', { default: '5432' }),
      option('--database <name>', 'name of the database', { default: 'app' }),
      option('--roles <a,b>', 'the two login roles that alternate', { default: 'app_a,app_b' }),
      option('--owner <role>', 'the role that owns the objects', { default: 'app_owner' }),
      option('--ssl <mode>', 'TLS to the database', {
        choices: ['verify-full', 'require', 'disable'],
        default: 'verify-full',
      }),
      option('--consumer <name>', 'first service that uses the login', { default: 'app' }),
      option('--login-file <file>', 'file that this service reads its login from', { default: 'app.env' }),
      option('--reload-url <url>', 'URL that makes the service read it again'),
      option('--operator <name>', 'make a key for this person instead'),
      option('--key <file>', 'where the private key goes; a new file, readable by you only'),
    ],
    examples: [
      ['init --environment staging --host db.internal --database shop', 'a configuration to start from'],
      ['init --operator alice --key ~/.config/keyturn/alice.pem', 'a key; prints the lines for keyturn.yaml'],
    ],
    load: async () => (await import('./init.ts')).init,
  },
  {
    usage: 'validate',
    summary: 'check keyturn.yaml: all errors at once',
    about:
      'Reads keyturn.yaml and tells every error with its line, its path, what was expected and the nearest valid name.',
    examples: [
      ['validate', 'checks ./keyturn.yaml'],
      ['validate --config staging.yaml --json', 'the errors as a document'],
    ],
    load: async () => (await import('./validate.ts')).validate,
  },
  {
    usage: 'schema',
    summary: 'print the JSON Schema of keyturn.yaml, for editors',
    examples: [['schema > keyturn.schema.json', 'then: # yaml-language-server: $schema=keyturn.schema.json']],
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    usage: 'put <secret>',
    summary: 'store the value that is in use today, from stdin or a prompt',
    about: `Takes the fields of a secret as one JSON object on stdin, or asks for each with echo off. A value is never taken
from the command line, where other users could read it. It becomes the current version.`,
    options: [option('--replace', 'exchange a value that is there; this is recorded'), ...ACTOR],
    examples: [
      ['put production/database/orders', 'asks for username and password'],
      ['put production/database/orders < orders.json', '{"username": "orders_a", "password": "..."}'],
      ['put production/external/slack --replace < new.json', 'exchanges a value that was made elsewhere'],
    ],
    load: async () => (await import('./put.ts')).put,
  },
  {
    usage: 'doctor',
    summary: 'probe everything that rotations need: cause and remedy',
    about:
      'Looks at files, keys, backends, logins and targets, and changes nothing. Exit code 5 when something is amiss.',
    examples: [['doctor', 'one line per probe']],
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    usage: 'completion <shell>',
    summary: 'print the completion script for bash, zsh or fish',
    examples: [
      ['completion bash > /etc/bash_completion.d/keyturn', 'bash'],
      ['completion zsh > ~/.zsh/completions/_keyturn', 'zsh'],
      ['completion fish > ~/.config/fish/completions/keyturn.fish', 'fish'],
    ],
    load: async () => (await import('./completion.ts')).completion,
  },
  VAULT,
  KEYS,
  KUBERNETES,
];

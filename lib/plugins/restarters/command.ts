import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { z } from 'zod';
import { errorCode, isRotationError, RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { RestarterClient, RestartRequest, RestartStatus } from '../../core/ports.ts';

/** `EX_TEMPFAIL`: what a status command exits with while the consumer is still starting. */
const STILL_STARTING = 75;

const argv = z.array(z.string().min(1)).min(1);

const config = z.strictObject({
  use: z.literal('command'),
  /** The program and its arguments, without a shell. A secret never stands here: arguments are public on their machine. */
  argv,
  /** Run until it exits with 0 (healthy); 75 means still starting, any other code failed. */
  statusArgv: argv.optional(),
  /** Relative to keyturn.yaml. */
  cwd: z.string().min(1).default('.'),
  /** The whole environment beside `KEYTURN_*`: nothing is inherited, and no value of a secret belongs here. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name'), z.string()).default({}),
  timeoutSeconds: z.int().min(1).max(600).default(60),
});
type Config = z.output<typeof config>;

/**
 * Runs a command that restarts the consumer. It learns `KEYTURN_SECRET`, `KEYTURN_CONSUMER`, `KEYTURN_ROTATION` and
 * `KEYTURN_VERSION`; its output is thrown away, since it may quote a value.
 */
export const command = definePlugin({
  name: 'command',
  summary: 'A command that restarts the consumer',
  config,
  capabilities: ['polls-rollout'],
  create: (options, { baseDir }): RestarterClient => {
    const cwd = resolve(baseDir, options.cwd);
    const restart = async (request: RestartRequest) => {
      const exit = await run(options.argv, cwd, options, request);
      if (exit === 0) return 'applied' as const;
      throw failed(options.argv, request, `it exited with ${exit}`);
    };
    return { restart, undo: restart, status: (request) => status(options, cwd, request) };
  },
});

async function status(options: Config, cwd: string, request: RestartRequest): Promise<RestartStatus> {
  if (!options.statusArgv) return { state: 'healthy', why: 'the command succeeded' };
  const exit = await run(options.statusArgv, cwd, options, request);
  const state = exit === 0 ? 'healthy' : exit === STILL_STARTING ? 'pending' : 'failed';
  return { state, why: `the status command exited with ${exit}` };
}

/** Its exit code. The command gets a process group of its own, which a timeout ends as a whole. */
async function run(argv: readonly string[], cwd: string, options: Config, request: RestartRequest): Promise<number> {
  const [program = '', ...args] = argv;
  const env = { ...options.env, ...facts(request) };
  const child = spawn(program, args, { cwd, env, stdio: 'ignore', detached: true });
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), options.timeoutSeconds * 1000);
  try {
    const [code, signal] = await once(child, 'exit');
    if (typeof code === 'number') return code;
    throw failed(argv, request, `it was ended by ${signal}; its time is ${options.timeoutSeconds} s`);
  } catch (error) {
    if (isRotationError(error)) throw error;
    throw failed(argv, request, `it cannot be started in ${cwd}`, errorCode(error));
  } finally {
    clearTimeout(timer);
  }
}

const facts = ({ secretId, consumer, rotationId, version }: RestartRequest) => ({
  KEYTURN_SECRET: secretId,
  KEYTURN_CONSUMER: consumer,
  KEYTURN_ROTATION: rotationId,
  KEYTURN_VERSION: version,
});

function failed([program]: readonly string[], { consumer }: RestartRequest, detail: string, code?: string) {
  const subject = `consumer ${consumer}, command ${program}`;
  return new RotationError('RolloutFailed', { subject, detail, ...(code !== undefined && { code }) });
}

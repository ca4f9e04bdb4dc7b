import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type ErrorName, errorCode, RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { RestarterClient, RestartStatus } from '../../core/ports.ts';

/** What a process does on a signal: read its configuration again, or end and be started by its supervisor. */
const SIGNALS = { SIGHUP: 'reloads', SIGUSR1: 'reloads', SIGUSR2: 'reloads', SIGTERM: 'ends', SIGINT: 'ends' } as const;
const NAMES = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT'] as const satisfies (keyof typeof SIGNALS)[];

const config = z.strictObject({
  use: z.literal('process-signal'),
  /** Holds the process id; relative to keyturn.yaml. */
  pidFile: z.string().min(1),
  signal: z.enum(NAMES).default('SIGHUP'),
});
type Config = z.output<typeof config>;

/** Signals the process that a pid file names. After a signal that ends it, it is pending until the file names a live one. */
export const processSignal = definePlugin({
  name: 'process-signal',
  summary: 'A signal to the process that a pid file names',
  config,
  create: (options, { baseDir }): RestarterClient => {
    const pidFile = resolve(baseDir, options.pidFile);
    const signal = async ({ consumer }: { consumer: string }) => {
      send(await readPid(pidFile, consumer), options.signal, `consumer ${consumer}, ${pidFile}`);
      return 'applied' as const;
    };
    return { restart: signal, undo: signal, status: ({ consumer }) => status(pidFile, consumer, options) };
  },
});

async function status(pidFile: string, consumer: string, { signal }: Config): Promise<RestartStatus> {
  try {
    const pid = await readPid(pidFile, consumer);
    if (isAlive(pid)) return { state: 'healthy', why: `process ${pid} runs` };
    return { state: SIGNALS[signal] === 'ends' ? 'pending' : 'failed', why: `process ${pid} does not run` };
  } catch (error) {
    if (SIGNALS[signal] !== 'ends' || !(error instanceof RotationError)) throw error;
    return { state: 'pending', why: `${pidFile} names no process yet` };
  }
}

async function readPid(pidFile: string, consumer: string): Promise<number> {
  const subject = `consumer ${consumer}, ${pidFile}`;
  const text = await readFile(pidFile, 'utf8').catch((error: unknown) => {
    const detail = 'the pid file cannot be read: is the consumer running?';
    throw new RotationError('RolloutFailed', { subject, detail, code: errorCode(error) ?? 'unknown' });
  });
  const pid = /^\s*([1-9]\d{0,9})\s*$/.exec(text)?.[1];
  // Process 1 is the init system: no consumer, and a signal to it is an outage.
  if (pid !== undefined && pid !== '1') return Number(pid);
  throw new RotationError('RolloutFailed', { subject, detail: 'the pid file holds no process id' });
}

const REFUSALS: Readonly<Record<string, { name: ErrorName; detail: string }>> = {
  EPERM: { name: 'AccessDenied', detail: 'the process belongs to another user' },
  ESRCH: { name: 'RolloutFailed', detail: 'no such process runs' },
};

function send(pid: number, signal: Config['signal'], subject: string): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = errorCode(error) ?? 'unknown';
    const { name, detail } = REFUSALS[code] ?? { name: 'RolloutFailed', detail: 'the signal cannot be sent' };
    throw new RotationError(name, { subject, detail: `${detail}: process ${pid}`, code });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

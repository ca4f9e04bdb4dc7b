import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { EngineEvent } from '../../asl/engine.ts';
import { errorCode } from '../../core/errors.ts';
import { versionIdOf } from '../../core/names.ts';
import type { ApprovalRecord } from '../../core/rotation.ts';
import { refOf } from '../../core/run.ts';
import type { Secret } from '../../core/secret.ts';
import type { Local } from '../../local/local.ts';
import { flowFile } from '../../local/machines.ts';
import { admit } from '../../local/requests.ts';
import { drive, type Settled } from '../../local/settle.ts';
import { vote } from '../../local/voting.ts';
import { drawMachine } from '../picture/draw-machine.ts';
import { overlayFromHistory } from '../picture/run-overlay.ts';
import { APPROVERS, login, SECRET, type Stage } from './stage.ts';

/** Puts the values that exist before the first rotation where Keyturn keeps them. */
export async function storeFirstValues(local: Local, stage: Stage): Promise<void> {
  await putFirst(local, `${SECRET}-admin`, stage.admin);
  await putFirst(local, SECRET, stage.first);
}

async function putFirst(local: Local, secretId: string, value: Secret): Promise<void> {
  const { config, open } = local.deps();
  const entry = config.secrets.get(secretId);
  if (entry === undefined) throw new Error(`the demo's configuration lacks ${secretId}`);
  const backend = await open.backend(entry);
  const version = versionIdOf(secretId, 'put:demo', 1);
  await backend.stage(refOf(entry), version, value);
  await backend.promote(refOf(entry), version, undefined);
}

/** One rotation, with its two approvals given as `keyturn approve` gives them. */
export async function rotate(local: Local, stage: Stage, onEvent: (event: EngineEvent) => void): Promise<Settled> {
  const admitted = await admit(local, { secretId: SECRET, reason: 'demo', claim: {} });
  const votes: Promise<void>[] = [];
  const [settled] = await drive(local, [admitted], {
    approvals: true,
    onEvent,
    onHeld: () => undefined,
    onQuestion: (question) => void votes.push(approveAll(local, stage, question)),
  });
  await Promise.all(votes);
  if (settled === undefined) throw new Error('the rotation was not driven');
  return settled;
}

async function approveAll(local: Local, stage: Stage, { id, digest }: ApprovalRecord): Promise<void> {
  for (const person of APPROVERS) {
    const claim = { as: person, keyFile: stage.keyFile(person) };
    await vote(local, { id, decision: 'approve', reason: 'demo', digest, claim });
  }
}

/** The current value, as its backend holds it. */
export async function currentValue(local: Local): Promise<Secret> {
  const { config, open } = local.deps();
  const entry = config.secrets.get(SECRET);
  if (entry === undefined) throw new Error(`the demo's configuration lacks ${SECRET}`);
  return (await (await open.backend(entry)).read(refOf(entry), 'current')).value;
}

/** Logs in without Keyturn: `accepted`, or the code of the refusal. */
export async function tryLogin(stage: Stage, credential: Secret): Promise<string> {
  try {
    const client = await login(stage.postgres, credential, 'orders');
    await client.end();
    return 'accepted';
  } catch (error) {
    return `refused (${errorCode(error) ?? 'no code'})`;
  }
}

/** How many sessions each login has. */
export async function sessionsByLogin(stage: Stage): Promise<Record<string, number>> {
  const client = await login(stage.postgres, stage.admin, 'orders');
  const { rows } = await client.query(
    "SELECT usename AS login, count(*)::int AS sessions FROM pg_stat_activity WHERE datname = 'orders' AND application_name = ANY ($1) GROUP BY 1",
    [['shop', 'billing']],
  );
  await client.end();
  return Object.fromEntries(rows.map(({ login: name, sessions }) => [String(name), Number(sessions)]));
}

export function post(port: number, path: string): Promise<void> {
  return new Promise((done, fail) => {
    request({ host: '127.0.0.1', port, path, method: 'POST' }, (reply) => reply.resume().once('end', done))
      .once('error', fail)
      .end();
  });
}

/** Draws what happened in an execution. @returns the file */
export async function drawRun(local: Local, { execution }: Settled, file: string): Promise<string> {
  const definition: unknown = JSON.parse(readFileSync(flowFile('overlap'), 'utf8'));
  if (typeof definition !== 'object' || definition === null) throw new Error('the flow is not an object');
  const run = overlayFromHistory(local.events.history(execution));
  writeFileSync(file, await drawMachine(definition, { title: execution, run }));
  return join(file);
}

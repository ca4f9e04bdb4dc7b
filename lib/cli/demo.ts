import { resolve } from 'node:path';
import { headText, verifyChain } from '../core/audit-chain.ts';
import type { AuditHead } from '../core/rotation.ts';
import { type Local, openLocal } from '../local/local.ts';
import { builtIn } from '../runtime/catalog.ts';
import { SECRET, type Stage, setStage } from './demo/stage.ts';
import { currentValue, drawRun, post, rotate, sessionsByLogin, storeFirstValues, tryLogin } from './demo/story.ts';
import { startTraffic, type Traffic } from './demo/traffic.ts';

export interface Teller {
  say(line: string): void;
  /** Progress of one rotation. */
  progress(): Parameters<typeof rotate>[2];
}

const PER_SECOND = 50;

/**
 * The whole story on embedded servers: a database login is replaced under live traffic, then a second replacement meets
 * a consumer that does not come along, and goes back.
 *
 * @returns whether everything that the demo promises was observed
 */
export async function demo(folder: string, teller: Teller): Promise<boolean> {
  const stage = await setStage(resolve(folder));
  const local = openLocal({ configFile: stage.configFile, dataDir: resolve(folder, 'data'), catalog: builtIn });
  const traffic = startTraffic(stage.ports, PER_SECOND);
  try {
    await storeFirstValues(local, stage);
    const held = [...(await firstAct(local, stage, teller)), ...(await secondAct(local, stage, teller))];
    return [...held, ...(await epilogue(local, traffic, teller))].every(Boolean);
  } finally {
    await traffic.stop();
    local.close();
    await stage.strike();
  }
}

/** Says what was observed and whether it is what was promised. */
const observe = ({ say }: Teller, what: string, seen: string, holds: boolean): boolean => {
  say(`  ${holds ? '✔' : '✖'} ${what}: ${seen}`);
  return holds;
};

async function firstAct(local: Local, stage: Stage, teller: Teller): Promise<boolean[]> {
  teller.say(
    `\nAct 1. ${SECRET}: two services use one database login, ${PER_SECOND} requests a second each. It is replaced.`,
  );
  const old = await currentValue(local);
  const settled = await rotate(local, stage, teller.progress());
  const fresh = await currentValue(local);
  const [oldLogin, newLogin, sessions] = [
    await tryLogin(stage, old),
    await tryLogin(stage, fresh),
    await sessionsByLogin(stage),
  ];
  const evidence = settled.record === undefined ? [] : await local.ledger.evidence(settled.record.rotationId);
  for (const { subject, verdict, why } of evidence) teller.say(`    proven: ${subject} ${verdict}: ${why}`);
  return [
    observe(teller, 'outcome', settled.record?.status ?? 'none', settled.record?.status === 'COMMITTED'),
    observe(teller, `old login (${old.field('username')})`, oldLogin, oldLogin.startsWith('refused')),
    observe(teller, `new login (${fresh.field('username')})`, newLogin, newLogin === 'accepted'),
    observe(
      teller,
      'sessions by login',
      JSON.stringify(sessions),
      Object.keys(sessions).join() === fresh.field('username'),
    ),
    observe(teller, 'picture of the run', await drawRun(local, settled, resolve(stage.folder, 'run-1.svg')), true),
  ];
}

async function secondAct(local: Local, stage: Stage, teller: Teller): Promise<boolean[]> {
  teller.say('\nAct 2. The reload of billing is broken: it says yes and keeps its old login. Another rotation.');
  await post(stage.ports[1] ?? 0, '/break-reload');
  const before = await currentValue(local);
  const settled = await rotate(local, stage, teller.progress());
  const after = await currentValue(local);
  const [login, sessions] = [await tryLogin(stage, after), await sessionsByLogin(stage)];
  return [
    observe(
      teller,
      'outcome',
      `${settled.record?.status} (${settled.record?.failure?.error})`,
      settled.record?.status === 'ROLLED_BACK',
    ),
    observe(teller, 'the stored login is the one from before', String(after.equals(before)), after.equals(before)),
    observe(teller, `its login (${after.field('username')})`, login, login === 'accepted'),
    observe(
      teller,
      'sessions by login',
      JSON.stringify(sessions),
      Object.keys(sessions).join() === after.field('username'),
    ),
    observe(teller, 'picture of the run', await drawRun(local, settled, resolve(stage.folder, 'run-2.svg')), true),
  ];
}

async function epilogue(local: Local, traffic: Traffic, teller: Teller): Promise<boolean[]> {
  teller.say('\nThe count.');
  const { requests, failedAuthentications, otherFailures } = await traffic.stop();
  const { records, head } = local.ledger.rawChain();
  const verifySignature = (signed: AuditHead) => local.keys.verify(headText(signed), signed.signature);
  const findings = verifyChain(records, { head, verifySignature });
  return [
    observe(teller, 'requests', String(requests), requests >= 1000),
    observe(teller, 'failed authentications', String(failedAuthentications), failedAuthentications === 0),
    observe(teller, 'other failures', String(otherFailures), otherFailures === 0),
    observe(
      teller,
      'audit chain',
      findings.length === 0 ? `verified, ${records.length} records` : `${findings.length} findings`,
      findings.length === 0,
    ),
  ];
}

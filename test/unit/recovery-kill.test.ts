import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../lib/cli/own-plugins.ts';
import { type Driver, tryDriver } from '../../lib/local/driver.ts';
import { type Local, openLocal } from '../../lib/local/local.ts';
import { choiceFor, nameOf, sendOn, unfinished } from '../../lib/local/recovery.ts';
import { admitted } from '../../lib/local/requests.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { TOY, type ToySite, toySite } from '../support/toy-site.ts';

const folder = useTempDir();

/** A rotation that ctrl-C cut off while it waited for the old value to be unused. */
async function cutOff(): Promise<ToySite> {
  const site = await toySite(folder());
  site.inUse(true);
  const config = join(folder(), 'keyturn.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('quietDeadline: 0s', 'quietDeadline: 1h'));
  const cut = await site.runWith({ interruptAt: 'still uses the old value' }, 'rotate', TOY);
  expect(cut.code, cut.stderr).toBe(4);
  site.inUse(false);
  return site;
}

async function onHost<T>(work: (local: Local) => Promise<T>): Promise<T> {
  const configFile = join(folder(), 'keyturn.yaml');
  const local = openLocal({ configFile, dataDir: join(folder(), 'data'), catalog: await loadCatalog(configFile) });
  try {
    return await work(local);
  } finally {
    local.close();
  }
}

const theOne = async (local: Local) => {
  const [record] = await unfinished(local);
  if (record === undefined) throw new Error('nothing is unfinished');
  return record;
};

/** Ends the process, as far as the ledger can tell, before its nth change. */
function dyingAt(local: Local, nth: number): Local {
  const { acquireLocks, saveRotation } = local.ledger;
  let changes = 0;
  const unlessDead =
    <Args extends readonly unknown[], T>(change: (...args: Args) => Promise<T>) =>
    async (...args: Args) => {
      changes += 1;
      if (changes >= nth) throw new Error('killed');
      return change(...args);
    };
  const ledger = { ...local.ledger, acquireLocks: unlessDead(acquireLocks), saveRotation: unlessDead(saveRotation) };
  return { ...local, ledger };
}

describe('a kill', () => {
  it.each([1, 2, 3])(
    'before change %i of rollback leaves a rotation that resume brings to a clean end',
    async (nth) => {
      const site = await cutOff();
      await onHost(async (local) => {
        const choice = await choiceFor(local, await theOne(local));
        const sent = sendOn(dyingAt(local, nth), choice, 'back', {}, 'as the test has it');
        await expect(sent).rejects.toThrow('killed');
      });
      const resumed = await site.run('resume', '--json');
      expect(resumed.json(), resumed.stderr).toMatchObject({
        rotations: [{ outcome: nth === 1 ? 'COMMITTED' : 'ROLLED_BACK' }],
      });
      expect(site.accepted()).toEqual([nth === 1 ? 'green' : 'blue']);
      expect((await site.run('rotate', TOY)).code).toBe(0);
    },
  );

  it('before a later execution has taken the locks does not leave it behind for ever', async () => {
    const site = await cutOff();
    await onHost(async (local) => {
      const record = await theOne(local);
      const request = await local.ledger.request(record.ticket);
      const driver = await tryDriver(local, () => undefined);
      if (request === undefined || !('engine' in driver)) throw new Error('no engine');
      await stopped(driver, nameOf(record));
      driver.start(admitted(request, record.type, 2));
      await driver.close();
      expect(await theOne(local)).toMatchObject({ attempt: 1, status: 'QUARANTINED' });
    });
    const { rotationId } = await onHost(theOne);
    const resumed = await site.run('resume', rotationId, '--yes', '--json');
    expect(resumed.json(), resumed.stderr).toMatchObject({ rotations: [{ outcome: 'COMMITTED' }] });
  });
});

async function stopped(driver: Driver, name: string): Promise<void> {
  await driver.engine.stop(name, { error: 'Killed', cause: 'as the test has it' });
  await driver.tick();
}

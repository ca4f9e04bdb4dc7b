import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { enableAppRole, layOut, tokensLeft } from '../support/openbao-estate.ts';
import { missing } from '../support/peers.ts';
import { SECRET, setUpSite } from '../support/rotation-site.ts';
import { goesBackWhole } from '../support/stubborn-consumer.ts';

const why = missing('openbao');
const CONSUMER = '        verify: [{ use: postgresql-login }]';

describe.skipIf(why !== undefined)(`a rotation with its values in OpenBao ${why ?? ''}`, () => {
  let server: OpenBao;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());

  /** A site whose login to the server has the generated policies and no more. */
  const siteWith = async (consumer: string) => {
    const refs = [SECRET, `${SECRET}-admin`].map((id) => ({ path: id.replace('production/', ''), fields: {} }));
    const { config, deps } = await layOut(server, refs);
    const file = (name: string) => join(deps.baseDir ?? '', name);
    const auth = { ...config.auth, roleIdFile: file('role-id'), secretIdFile: file('secret-id') };
    const site = await setUpSite({ classification: 'LOW', consumer, backend: JSON.stringify({ ...config, auth }) });
    onTestFinished(site.strike);
    return site;
  };

  it('is done whole under the generated policies, and no token is left', async () => {
    const site = await siteWith(CONSUMER);
    expect((await site.versions()).pending).toEqual([]);
    for (const run of [1, 2]) {
      const before = await site.versions();
      const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
      expect(code, `${run}: ${stderr}`).toBe(0);
      const after = await site.versions();
      expect(after).toMatchObject({ previous: { version: before.current?.version }, pending: [] });
      const { user, password } = site.consumersLogin();
      await (await site.login(user, password)).end();
      expect(await tokensLeft(server)).toBe(0);
    }
  });

  it('that a consumer does not follow goes back whole, and no token is left', async () => {
    await goesBackWhole(siteWith);
    expect(await tokensLeft(server)).toBe(0);
  });
});

import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localCa } from '../../lib/plugins/issuers/local-ca.ts';
import type { CertificateIssuerWorld } from '../contract/certificate-issuer-contract.ts';
import { makeIntermediate, makeRoot } from './authorities.ts';
import { pluginDeps } from './plugin-deps.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const LOCAL_CA = {
  use: 'local-ca',
  authority: { certificateFile: 'one.pem', keyFile: 'one.key' },
  rootFile: 'root.pem',
};

/** An intermediate `one` under a root `root`, in a directory of their own. */
export async function localCaWorld(): Promise<CertificateIssuerWorld & { readonly directory: string }> {
  const directory = temporaryDirectory();
  makeRoot(directory, 'root');
  makeIntermediate(directory, 'root', 'one');
  makeIntermediate(directory, 'root', 'exposed');
  chmodSync(join(directory, 'exposed.key'), 0o640);
  const deps = {
    baseDir: directory,
    dataDir: join(directory, 'data'),
    clock: { now: Date.now, sleep: async () => undefined },
  };
  const open: CertificateIssuerWorld['open'] = (overrides) =>
    localCa.create(LOCAL_CA, pluginDeps({ ...deps, ...overrides }));
  const openWith = (change: object) => localCa.create({ ...LOCAL_CA, ...change }, pluginDeps(deps));
  return {
    directory,
    open,
    openStrict: () => openWith({ names: ['shop.internal'] }),
    openDead: () => openWith({ authority: { certificateFile: 'gone.pem', keyFile: 'one.key' } }),
    openDenied: () => openWith({ authority: { certificateFile: 'exposed.pem', keyFile: 'exposed.key' } }),
    secret: readFileSync(join(directory, 'one.key'), 'utf8').split('\n')[1] ?? '',
    now: Date.now,
    close: async () => undefined,
  };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ageFor } from '../../lib/core/age-for.ts';
import type { Age } from '../../lib/core/due.ts';
import { versionIdOf } from '../../lib/core/names.ts';
import type { Versions } from '../../lib/core/ports.ts';
import { refOf } from '../../lib/core/run.ts';
import { Secret } from '../../lib/core/secret.ts';
import { openLocal } from '../../lib/local/local.ts';
import { admit } from '../../lib/local/requests.ts';
import { drive, type Settled } from '../../lib/local/settle.ts';
import { certificatesIn } from '../../lib/plugins/certificates/pem.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { handMade } from './hand-made.ts';
import { openShop, openTraffic, type Shop, startReporter } from './shop.ts';

export const SHOP = 'staging/certificates/shop';

export interface ShopSite {
  readonly folder: string;
  readonly shop: Shop;
  readonly traffic: ReturnType<typeof openTraffic>;
  rotate(): Promise<Settled | undefined>;
  /** YAML of the issuer from now on. */
  use(issuer: string): void;
  current(): Promise<Secret>;
  versions(): Promise<Versions>;
  age(): Promise<Age>;
  /** The common names of the authorities that the client trusted, in their order. */
  readonly held: readonly (readonly string[])[];
  close(): Promise<void>;
}

/** A shop with a certificate that somebody made by hand, and a client that trusts it. */
export async function shopSite(folder: string, issuer: string): Promise<ShopSite> {
  const first = handMade(folder);
  writeFileSync(join(folder, 'shop.pem'), `${first.private_key}${first.chain}`);
  writeFileSync(join(folder, 'trusted.pem'), first.ca_bundle);
  const shop = await openShop(join(folder, 'shop.pem'));
  const reporter = await startReporter(SHOP, join(folder, 'trusted.pem'));
  const use = (yaml: string) =>
    writeFileSync(join(folder, 'keyturn.yaml'), configuration(shop, yaml, `${reporter.origin}/version`));
  use(issuer);
  const open = () =>
    openLocal({ configFile: join(folder, 'keyturn.yaml'), dataDir: join(folder, 'data'), catalog: builtIn });
  const stored = async <Result>(work: (at: Awaited<ReturnType<typeof entryAndBackend>>) => Promise<Result>) => {
    const local = open();
    try {
      return await work(await entryAndBackend(local));
    } finally {
      local.close();
    }
  };
  await stored(async ({ backend, ref }) => {
    const version = versionIdOf(SHOP, 'put:test', 1);
    await backend.stage(ref, version, Secret.of(first));
    await backend.promote(ref, version, undefined);
  });
  const held: string[][] = [];
  const traffic = openTraffic(shop.port, join(folder, 'trusted.pem'), (ca) => {
    const names = certificatesIn(ca, 'test').map(({ subject }) => subject.replace(/^.*CN=/s, ''));
    if (held.at(-1)?.join() !== names.join()) held.push(names);
  });
  return {
    folder,
    shop,
    traffic,
    held,
    use,
    current: () => stored(async ({ backend, ref }) => (await backend.read(ref, 'current')).value),
    versions: () => stored(({ backend, ref }) => backend.versions(ref)),
    age: async () => {
      const local = open();
      try {
        return await ageFor((await entryAndBackend(local)).entry, local.deps());
      } finally {
        local.close();
      }
    },
    rotate: async () => {
      const local = open();
      try {
        const admitted = await admit(local, { secretId: SHOP, reason: 'test', claim: {} });
        const [settled] = await drive(local, [admitted], SILENT);
        return settled;
      } finally {
        local.close();
      }
    },
    close: async () => {
      await traffic.close();
      await Promise.all([shop.close(), reporter.close()]);
    },
  };
}

const SILENT = { approvals: false, onEvent: () => undefined, onHeld: () => undefined, onQuestion: () => undefined };

async function entryAndBackend(local: ReturnType<typeof openLocal>) {
  const { config, open } = local.deps();
  const entry = config.secrets.get(SHOP);
  if (entry === undefined) throw new Error(`the configuration lacks ${SHOP}`);
  return { entry, ref: refOf(entry), backend: await open.backend(entry) };
}

const configuration = ({ port, reloadUrl }: Shop, issuer: string, versionUrl: string) => `version: 1
organization: test
environments: { staging: {} }
backends: { local: { use: local } }
policy: { LOW: { poll: 1s } }
secrets:
  ${SHOP}:
    type: certificate
    classification: LOW
    owner: shop-team
    target:
      commonName: shop.internal
      lifetime: 30d
      endpoints: [{ host: 127.0.0.1, port: ${port}, serverName: shop.internal }]
      issuer: ${issuer}
    consumers:
      - name: web
        propagate: { use: file-template, path: shop.pem, template: "version: {version}\\n{private_key}{chain}" }
        restart: { use: http-reload, url: "${reloadUrl}" }
        verify: [{ use: tls-handshake, host: 127.0.0.1, port: ${port}, serverName: shop.internal, minDaysLeft: 10 }]
      - name: client
        propagate: { use: file-template, path: trusted.pem, template: "version: {version}\\n{ca_bundle}" }
        verify: [{ use: http-version, url: "${versionUrl}" }]
`;

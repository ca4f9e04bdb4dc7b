import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey } from '../../lib/plugins/jwt/algorithms.ts';
import { publicJwk } from '../../lib/plugins/jwt/signing-ring.ts';
import { cli } from '../support/cli.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { startTokenService } from '../support/token-service.ts';

const folder = useTempDir();
const SECRET = 'production/login/signing';
const FOREIGN = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'of-another' };

const yaml = (origin: string) => `version: 1
organization: test
environments: { production: {} }
backends: { local: { use: local } }
secrets:
  ${SECRET}:
    type: jwt-signing-key
    classification: LOW
    owner: login-team
    target: { algorithm: ES256, publish: { to: file, path: jwks.json }, cacheAge: 2s, tokenLife: 1s, skew: 0s }
    consumers:
      - name: signer
        propagate: { use: file-template, path: signer.json, template: '{"kid":"{kid:json}","algorithm":"{algorithm:json}","key":"{private_key:json}","version":"{version}"}' }
        verify: [{ use: http-version, url: "${origin}/version" }]
      - name: verifier
        verify: [{ use: jwks, url: "${origin}/jwks.json" }]
`;

describe('a signer and a verifier under traffic', () => {
  const at = (name: string) => join(folder(), name);
  let service: Awaited<ReturnType<typeof startTokenService>>;
  let key: string;
  const documentKids = () =>
    JSON.parse(readFileSync(at('jwks.json'), 'utf8')).keys.map(({ kid }: { kid: string }) => kid);

  beforeEach(async () => {
    key = await makeKey('ES256', pluginDeps().random);
    const first = { kid: 'by-hand', algorithm: 'ES256', state: 'active', since: '', material: key } as const;
    writeFileSync(at('jwks.json'), JSON.stringify({ keys: [FOREIGN, publicJwk(first)] }));
    writeFileSync(at('signer.json'), JSON.stringify({ kid: 'by-hand', algorithm: 'ES256', key, version: '' }));
    const files = { signer: at('signer.json'), document: at('jwks.json') };
    service = await startTokenService({ secretId: SECRET, ...files, tokenLife: 1, cacheMs: 1900 });
    writeFileSync(at('keyturn.yaml'), yaml(service.origin));
    const put = await cli(folder(), ['put', SECRET], { stdin: JSON.stringify({ kid: 'by-hand', private_key: key }) });
    expect(put.code, put.stderr).toBe(0);
  });
  afterEach(() => service.close());

  it('lose no valid token over two rotations, and none of the old key is left', { timeout: 60_000 }, async () => {
    for (const round of [1, 2]) {
      const { code, stderr } = await cli(folder(), ['rotate', SECRET, '--yes']);
      expect(code, `round ${round}: ${stderr}`).toBe(0);
    }
    const { counts, refused, kids } = service;
    expect(refused).toEqual([]);
    expect(counts.accepted).toBeGreaterThan(counts.signed);
    expect(kids.size).toBe(3);
    const [, , last] = [...kids];
    expect(documentKids()).toEqual(['of-another', last]);
    expect(JSON.parse(readFileSync(at('signer.json'), 'utf8')).kid).toBe(last);
    const status = await cli(folder(), ['history', SECRET, '--json']);
    expect(status.stdout).not.toContain(key);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openssl } from './authorities.ts';

/** As somebody makes one on a first day: it signs itself, and is all that clients trust. */
export function handMade(folder: string) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'hand.key'];
  const names = ['-subj', '/CN=shop.internal', '-addext', 'subjectAltName=DNS:shop.internal'];
  openssl(folder, 'req', '-x509', ...key, '-out', 'hand.pem', ...names, '-days', '30');
  const certificate = readFileSync(join(folder, 'hand.pem'), 'utf8');
  const private_key = readFileSync(join(folder, 'hand.key'), 'utf8');
  return { certificate, chain: certificate, private_key, ca_bundle: certificate };
}

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { errorCode, RotationError } from '../core/errors.ts';
import type { Bundle } from './audit-bundle.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, withHost } from './host.ts';

const NOTE =
  'Verify with `keyturn audit verify --bundle FILE --public-key KEY`. By hand: each hash is SHA-256 over the RFC 8785 JSON of its record without `hash`, prevHash is the hash before it, and the head is signed with Ed25519 over the RFC 8785 JSON of itself without `signature`.';

/** Writes the whole chain with its signed head and the public key, to a new file. */
export const auditExport = defineCommand(z.object({ out: z.string() }), (context, { out }) =>
  withHost(context, async (host) => {
    const file = resolve(out);
    const made = bundleOf(host);
    write(file, made);
    context.output.answer({ file, records: made.records.length, publicKey: made.publicKey }, () =>
      [`${made.records.length} records in ${file}`, `signed by the key ${made.publicKey}`].join('\n'),
    );
    return EXIT.done;
  }),
);

function bundleOf({ local, config }: Host): Bundle {
  const { records, head } = local.ledger.rawChain();
  return {
    format: 'keyturn-audit-1',
    note: NOTE,
    exportedAt: new Date(local.clock.now()).toISOString(),
    organization: config.organization,
    publicKey: local.keys.auditPublicKey,
    keyId: local.keys.auditKeyId,
    head,
    records: [...records],
  };
}

function write(file: string, made: Bundle): void {
  try {
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new RotationError('StorageFailed', {
      subject: file,
      detail: 'a bundle is written to a new file',
      code: errorCode(error) ?? '',
    });
  }
}

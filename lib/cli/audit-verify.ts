import { z } from 'zod';
import { verifyAudit } from '../local/audit-anchor.ts';
import { anchorFileOf } from './anchor-audit.ts';
import { readBundle, verifyBundle } from './audit-bundle.ts';
import { type Context, defineCommand } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { withHost } from './host.ts';

const options = z.object({ bundle: z.string().optional(), publicKey: z.string().optional() });

interface Verdict {
  readonly records: number;
  readonly findings: readonly { readonly seq: number; readonly problem: string }[];
}

/** Checks the chain of this machine against its signed head and the anchor, or a bundle by itself. */
export const auditVerify = defineCommand(options, async (context, { bundle, publicKey }) => {
  if (bundle !== undefined) return tell(context, verifyBundle(readBundle(bundle), publicKey), bundle);
  return withHost(context, async ({ local, config }) => {
    const anchorFile = config.anchor === undefined ? undefined : anchorFileOf(local.baseDir, config.anchor);
    const { ledger, keys } = local;
    const against =
      anchorFile === undefined
        ? ' (no audit.anchor is configured: a cut tail would not show)'
        : ` and the anchor ${anchorFile}`;
    return tell(context, verifyAudit({ ledger, keys, anchorFile }), `the signed head${against}`);
  });
});

function tell({ output }: Context, { records, findings }: Verdict, against: string): ExitCode {
  const holds = findings.length === 0;
  output.answer({ holds, records, findings }, () =>
    holds
      ? `${output.paint.green('verified')} ${records} records, against ${against}`
      : [
          `${output.paint.red('does not hold')}: ${findings.length} findings in ${records} records, against ${against}`,
          ...findings.map(({ seq, problem }) => `  ${seq === 0 ? 'chain' : `record ${seq}`}: ${problem}`),
        ].join('\n'),
  );
  return holds ? EXIT.done : EXIT.notProven;
}

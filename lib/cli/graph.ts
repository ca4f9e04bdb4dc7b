import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { RotationError } from '../core/errors.ts';
import { secretTypeOf } from '../core/plan.ts';
import { flowFile } from '../local/machines.ts';
import { findRotation, nameOf } from '../local/recovery.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, withHost } from './host.ts';
import { drawMachine } from './picture/draw-machine.ts';
import { overlayFromHistory } from './picture/run-overlay.ts';
import { writeSvg } from './write-svg.ts';

const options = z.object({ what: z.string(), out: z.string().optional() });

/** A picture of a flow, or of a run with what happened on it. */
export const graph = defineCommand(options, async (context, { what, out }) => {
  const file = resolve(out ?? `keyturn-${what.split(':').at(-1)}.svg`);
  if (/^[a-z-]+$/.test(what) && existsSync(flowFile(what))) {
    writeSvg(file, await drawMachine(definitionOf(what), { title: what }));
  } else {
    await withHost(context, async (host) => {
      writeSvg(file, await pictureOfRun(host, what));
      return EXIT.done;
    });
  }
  context.output.answer({ file }, () => file);
  return EXIT.done;
});

const definitionOf = (flow: string): object =>
  z.looseObject({}).parse(JSON.parse(readFileSync(flowFile(flow), 'utf8')));

async function pictureOfRun({ local, config, catalog }: Host, id: string): Promise<string> {
  const record = await findRotation(local, id);
  const entry = config.secrets.get(record.secretId);
  if (entry === undefined) throw new RotationError('SecretUnknown', { subject: record.secretId });
  const execution = id === record.rotationId ? nameOf(record) : (id.split(':').at(-1) ?? id);
  const run = overlayFromHistory(local.events.history(execution));
  return drawMachine(definitionOf(secretTypeOf(entry, catalog).flow), {
    title: `${record.secretId} ${execution}`,
    run,
  });
}

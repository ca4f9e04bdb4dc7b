import { resolve } from 'node:path';
import { z } from 'zod';
import { loadMachine } from './asl-machine.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { findingsText } from './findings-text.ts';
import { drawMachine } from './picture/draw-machine.ts';
import { writeSvg } from './write-svg.ts';

const options = z.object({ file: z.string(), out: z.string().optional() });

/** A picture of any state machine that is not refused. */
export const aslGraph = defineCommand(options, async ({ output }, { file, out }) => {
  const loaded = loadMachine(file);
  if ('findings' in loaded) {
    const { findings } = loaded;
    output.answer({ refused: true, findings }, () => findingsText(file, findings, output.paint));
    return EXIT.usage;
  }
  const { name, definition } = loaded.machine;
  const picture = resolve(out ?? `${file.replace(/(\.asl)?\.json$/, '')}.svg`);
  writeSvg(picture, await drawMachine(z.looseObject({}).parse(JSON.parse(definition)), { title: name }));
  output.answer({ file: picture }, () => picture);
  return EXIT.done;
});

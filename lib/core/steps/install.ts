import { z } from 'zod';
import { audit, hasReached, intend, isoNow, openTarget, reach, readSwitch } from '../run.ts';
import { defineStep } from '../step.ts';
import { change, runInput } from './schemas.ts';

export const install = defineStep({
  name: 'install',
  summary: 'Has the target accept the new credential beside the old one.',
  input: runInput,
  output: z.strictObject({ change }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run }) => {
    const opened = await openTarget(deps, run);
    await intend(deps, opened, { step: 'install' });
    const result = await opened.target.install(await readSwitch(opened));
    const { installedAt } = hasReached(opened, 'installed') ? opened.record : {};
    await reach(deps, opened, 'installed', { installedAt: installedAt ?? isoNow(deps) });
    await audit(deps, opened, { step: 'install', outcome: 'accepted' });
    return { change: result };
  },
});

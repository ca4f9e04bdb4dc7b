import { showDuration } from '../../core/duration.ts';
import type { LastUse } from '../../core/issuer-ports.ts';
import type { Quiet, Switch } from '../../core/ports.ts';
import { hasExpired } from '../../core/waivers.ts';
import { idOf } from './issued-fields.ts';
import type { IssuedTarget } from './issued-target.ts';

/**
 * Whether the old credential was used since the switch, as its issuer tells.
 *
 * @param now epoch ms
 */
export function quietBy(use: LastUse, change: Switch, target: IssuedTarget, now: number): Quiet {
  const id = idOf(change.previous.value);
  if (use === 'gone') return { quiet: true, why: `the issuer has no ${id} any more` };
  if (use === 'unknown') return untold(id, target, now);
  const since = change.switchedAt ?? change.installedAt ?? now;
  const judgedAt = since + use.lag;
  if (now < judgedAt) return { quiet: false, why: `uses of ${id} up to the switch show until ${iso(judgedAt)}` };
  if (use.at === undefined || use.at <= since) return { quiet: true, why: `${id} was not used since ${iso(since)}` };
  const idle = now - use.at >= target.idle * 1000;
  const why = `${id} was used at ${iso(use.at)}, after the switch`;
  return { quiet: idle, why: idle ? `${why}, and not for ${showDuration(target.idle)} since` : why };
}

const iso = (at: number) => new Date(at).toISOString();

function untold(id: string, { quiet }: IssuedTarget, now: number): Quiet {
  if (quiet === undefined || hasExpired(quiet.waived, now))
    return { quiet: false, why: `the issuer does not tell when ${id} was used: a person decides at the deadline` };
  const { owner, expires, reason } = quiet.waived;
  return { quiet: true, waived: true, why: `waived by ${owner} until ${expires}: ${reason}` };
}

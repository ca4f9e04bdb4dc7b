import { RotationError } from '../../core/errors.ts';
import type { Credential } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { openAdmin } from './admin.ts';
import type { Context } from './connection.ts';
import { neighbours } from './discover.ts';
import { loginAt, type Verdict } from './login.ts';
import { addressOf, type Node } from './node.ts';
import { listedNodes } from './target.ts';

/**
 * Logs in everywhere. Nodes that are to be discovered are asked for at nodes that accept the login, so a refusal by every
 * listed node is a refusal.
 *
 * @throws OutcomeUnknown when some nodes accept the login and others refuse it
 */
export async function probe(context: Context, credential: Credential): Promise<Verdict> {
  const verdicts = new Map<string, Verdict>();
  const nodes = listedNodes(context.target);
  for (const node of nodes) {
    if (verdicts.has(addressOf(node))) continue;
    const verdict = await loginAt(context, node, credential);
    verdicts.set(addressOf(node), verdict);
    if (verdict === 'accepted') nodes.push(...(await ask(context, node)));
  }
  return agreement(verdicts, loginOf(credential.value, `version ${credential.version}`).username);
}

async function ask(context: Context, node: Node): Promise<readonly Node[]> {
  if (context.target.discover === undefined) return [];
  const admin = await openAdmin(context, node);
  try {
    return await neighbours(admin, context.target);
  } finally {
    await admin.close();
  }
}

function agreement(verdicts: ReadonlyMap<string, Verdict>, username: string): Verdict {
  const at = (wanted: Verdict) => [...verdicts].filter(([, verdict]) => verdict === wanted).map(([address]) => address);
  const [accepted, refused] = [at('accepted'), at('refused')];
  if (refused.length === 0) return 'accepted';
  if (accepted.length === 0) return 'refused';
  const detail = `accepted at ${accepted.join(', ')}, refused at ${refused.join(', ')}`;
  throw new RotationError('OutcomeUnknown', { subject: `user ${username}`, detail });
}

import { expect, it } from 'vitest';
import type { IssuerClient } from '../../lib/core/issuer-ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { issuedBy, issuedClient } from '../../lib/plugins/issuing/issued-client.ts';
import { tokenOf } from '../../lib/plugins/issuing/issued-fields.ts';

const credential = (id: string) => ({ version: id.repeat(32), value: Secret.of({ id, token: `token-${id}` }) });
const change = { previous: credential('a'), next: credential('b'), installedAt: 0, switchedAt: 0 };

/** An issuer whose list, or whose 404, says that there is no such credential. */
const saysGone = (answer: 'accepted' | 'refused'): IssuerClient => ({
  issue: async () => change.next.value,
  withdraw: async () => 'not-applied',
  revoke: async () => 'applied',
  lastUsed: async () => 'gone',
  probe: async () => answer,
});

const quietOf = (answer: 'accepted' | 'refused') => {
  const issuer = saysGone(answer);
  const target = { issuer: { use: 'any' }, idle: 60 };
  const clock = { now: () => 1_000_000, sleep: async () => undefined };
  return issuedClient(issuer, target, clock, issuedBy(issuer, tokenOf)).quiet(change);
};

it('a credential that its issuer does not find is quiet only once it is refused', async () => {
  expect(await quietOf('refused')).toMatchObject({ quiet: true });
  await expect(quietOf('accepted')).resolves.toMatchObject({ quiet: false });
});

import { z } from 'zod';
import type { ApprovalRecord } from '../core/rotation.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withHost } from './host.ts';

/** The open questions to people. */
export const approvals = defineCommand(z.object({}), (context) =>
  withHost(context, async ({ local }) => {
    const now = local.clock.now();
    const open = (await local.ledger.approvals({ status: ['open'] })).map(({ sealedToken: _credential, ...shown }) => ({
      ...shown,
      expired: now >= Date.parse(shown.expiresAt),
    }));
    context.output.answer({ approvals: open }, () => open.map(questionText).join('\n\n') || 'no question is open');
    return EXIT.done;
  }),
);

type Shown = Omit<ApprovalRecord, 'sealedToken'> & { readonly expired: boolean };

const ASKS: Record<ApprovalRecord['kind'], string> = {
  plan: 'approve the plan',
  value: 'make the new value, and hand it over',
  quiet: 'the old value is still in use at the deadline',
  quarantine: 'in quarantine: forward or back',
};

function questionText(question: Shown): string {
  const { id, kind, secretId, digest, requester, seats, votes, expiresAt, expired } = question;
  return [
    `${id}  ${secretId}: ${ASKS[kind]}`,
    `  asked by ${requester}, ${expired ? 'EXPIRED' : 'open until'} ${expiresAt}`,
    ...(kind === 'plan' ? [`  seats ${seats.join(' + ')}`, `  digest ${digest}`] : []),
    `  votes ${votes.map(({ person, decision }) => `${person}: ${decision}`).join(', ') || 'none'}`,
    ...ANSWERS[kind](question).map((line, index) => `  ${index === 0 ? 'next' : '  or'}  ${line}`),
  ].join('\n');
}

const ANSWERS: Record<ApprovalRecord['kind'], (question: Shown) => string[]> = {
  plan: ({ id }) => [
    `keyturn approve ${id} --as NAME --key FILE`,
    `keyturn reject ${id} --reason TEXT --as NAME --key FILE`,
  ],
  value: ({ secretId, rotationId }) => [`keyturn provide ${secretId}`, `keyturn rollback ${rotationId}`],
  quiet: ({ rotationId }) => [`keyturn resume ${rotationId}`, `keyturn rollback ${rotationId}`],
  quarantine: ({ rotationId }) => [`keyturn resume ${rotationId}`, `keyturn rollback ${rotationId}`],
};

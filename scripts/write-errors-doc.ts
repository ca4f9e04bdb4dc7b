import { writeFileSync } from 'node:fs';
import { ERRORS } from '../lib/core/errors.ts';

const rows = Object.entries(ERRORS).map(
  ([name, { retryable, message, remedy }]) => `| \`${name}\` | ${retryable ? 'yes' : 'no'} | ${message} | ${remedy} |`,
);

const page = `# Errors

Every failure that leaves a step has one of these names: the flows match them in \`ErrorEquals\`, logs and histories carry
them, and the message of an error is made of its row and of what it was about. No message holds a value or a server's own
words. Written by \`npm run docs:errors\`; a test holds it equal to \`lib/core/errors.ts\`.

| name | retried | what happened | what to do |
|---|---|---|---|
${rows.join('\n')}
`;

writeFileSync(new URL('../docs/errors.md', import.meta.url), page);

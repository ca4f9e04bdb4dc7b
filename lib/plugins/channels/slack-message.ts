import { Blocks, Md, Message } from 'slack-block-builder';
import type { Notice } from '../../core/notices.ts';

/** Within Slack's limits of 2,000 characters a field (five per character, escaped), 10 fields a section, 50 blocks. */
const FIELDS = 10;
const SECTIONS = 40;
const LABEL = 60;
const VALUE = 300;

/**
 * A notice as a message and nothing more: no button, no link. What comes from outside is escaped and stands in code, where
 * Slack makes neither links nor mentions of it.
 */
export function slackMessage({ occasion, headline, secretId, rotationId, classification, at, facts }: Notice) {
  const table = [
    ['Secret', secretId],
    ['Class', classification],
    ['Rotation', rotationId],
    ['At', at],
    ...facts,
  ] as const;
  const fields = table.map(([label, value]) => `${Md.bold(escapeMarkdown(cut(label, LABEL)))}\n${inCode(value)}`);
  const { blocks = [] } = Message()
    .blocks(
      Blocks.Header({ text: `Keyturn: ${occasion}` }),
      Blocks.Section({ text: inCode(headline) }),
      ...chunks(fields, FIELDS).map((chunk) => Blocks.Section().fields(chunk)),
    )
    .buildToObject();
  return { text: `Keyturn: ${occasion}, ${inCode(headline)}`, blocks, unfurl_links: false, unfurl_media: false };
}

/** `&`, `<` and `>` are the characters with which Slack's text makes links and mentions. */
function escapeMarkdown(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Backticks and line breaks would end the code. */
const inCode = (text: string) =>
  Md.codeInline(escapeMarkdown(cut(text.replaceAll(/[`\s]+/g, ' ').trim() || '-', VALUE)));

const cut = (text: string, length: number) => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.min(Math.ceil(items.length / size), SECTIONS);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

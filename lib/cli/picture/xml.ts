const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML 1.0 forbids, and the four that it gives a meaning. */
const SPECIAL = /[&<>"]|[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** `text` as it may stand in an attribute or between tags. */
export const escapeXml = (text: string): string => text.replace(SPECIAL, (found) => ENTITIES[found] ?? '\u{FFFD}');

/** Values of attributes; one that is `undefined` is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const round = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : value;

/** An element with content that is XML already; empty ones close themselves. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escapeXml(round(value))}"`]))
    .join('');
  const inside = content.join('');
  return inside === '' ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
}

/** A line of text at a baseline. */
export const textElement = (text: string, attributes: Attributes): string =>
  element('text', attributes, escapeXml(text));

/** The name of a thing for those who point at it or do not see it. */
export const titleElement = (text: string): string => element('title', {}, escapeXml(text));

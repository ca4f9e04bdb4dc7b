/** An element of an SVG, with the text directly inside it. */
export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: SvgElement[];
  text: string;
}

const TOKEN = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[a-zA-Z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([a-zA-Z][\w:-]*)="([^"<]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function decode(text: string): string {
  return text.replace(/&(\w*;?)/g, (all, name: string) => {
    const value = ENTITIES[name.slice(0, -1)];
    if (value === undefined || !name.endsWith(';')) throw new Error(`not an entity: ${all}`);
    return value;
  });
}

/** Parses the XML that pictures are made of; throws on anything that is not well-formed. */
export function parseSvg(source: string): SvgElement {
  const root: SvgElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
    const [, closing, name, written = '', empty, text] = TOKEN.exec(source) ?? [];
    const current = open.at(-1);
    if (current === undefined) throw new Error('a tag is closed that was never opened');
    if (text !== undefined) current.text += decode(text);
    else if (name === undefined) throw new Error(`not XML: ${source.slice(at, at + 60)}`);
    else if (closing) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
    } else {
      const pairs = [...written.matchAll(ATTRIBUTE)].map(([, key = '', value = '']) => [key, decode(value)] as const);
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`<${name}> repeats an attribute`);
      const element: SvgElement = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
      current.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [svg, ...others] = root.children;
  if (open.length !== 1 || svg === undefined || others.length > 0) throw new Error('not one element');
  return svg;
}

/** The element and all inside it, outer ones first. */
export const descendants = (element: SvgElement): SvgElement[] => [element, ...element.children.flatMap(descendants)];

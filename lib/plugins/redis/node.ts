/** One server, by the address at which it is reached. */
export interface Node {
  readonly host: string;
  readonly port: number;
}

/** `redis.internal:6379`, `10.0.0.7:6379`, `[fd00::7]:6379` */
export const NODE = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/;

/** The node that a text of the form {@link NODE} names. */
export function nodeAt(text: string): Node {
  const [, ipv6, name, port] = NODE.exec(text) ?? [];
  return { host: (ipv6 ?? name ?? '').toLowerCase(), port: Number(port) };
}

/** `host:port`, as messages and identities name a node. */
export const addressOf = ({ host, port }: Node): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** `user orders_a at redis.internal:6379`, as messages name it. */
export const userAt = (user: string, ...nodes: readonly Node[]): string =>
  `user ${user} at ${nodes.map(addressOf).join(', ')}`;

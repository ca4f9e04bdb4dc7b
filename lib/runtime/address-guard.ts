import { BlockList, isIP } from 'node:net';

type Subnet = readonly [net: string, prefix: number, family: 'ipv4' | 'ipv6'];

/** Instance metadata: link-local, where every cloud keeps it, and the addresses of single clouds. */
const METADATA = blockList([
  ['169.254.0.0', 16, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['192.0.0.192', 32, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
  ['fd00:ec2::', 32, 'ipv6'],
  ['fd20:ce::254', 128, 'ipv6'],
  ['64:ff9b::a9fe:0', 112, 'ipv6'],
]);

const LOOPBACK = blockList([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['64:ff9b::7f00:0', 104, 'ipv6'],
]);

/** What no name may stand for either: this host, groups and everyone. */
const UNUSABLE = blockList([
  ['0.0.0.0', 8, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]);

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix, family] of subnets) list.addSubnet(net, prefix, family);
  return list;
}

const has = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * Why `host`, as the configuration writes it, may not be reached at `address`; undefined when it may. An address or
 * `localhost` that is written out counts as meant; a name that resolves to this machine does not. Metadata never is.
 */
export function refusedBecause(host: string, address: string): string | undefined {
  if (has(METADATA, address)) return 'is a link-local or metadata address';
  if (host === address) return undefined;
  if (has(LOOPBACK, address)) return host === 'localhost' ? undefined : 'resolves to this machine';
  return has(UNUSABLE, address) ? 'resolves to an address that no server has' : undefined;
}

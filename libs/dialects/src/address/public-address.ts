import { BlockList, isIP } from 'node:net';

/**
 * Addresses that no public service has: loopback, private and shared networks, link-local with the cloud's metadata
 * service, documentation, multicast (IANA special-purpose registries, RFC 6890). The IPv6 ranges that carry an IPv4 address
 * inside (mapped, NAT64, 6to4, Teredo) are refused whole: they would be a way around the rest.
 */
const refusedV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
const refusedV6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
];
// Two lists: in one, the range of mapped addresses would match every IPv4 address.
const listV4 = new BlockList();
const listV6 = new BlockList();
for (const [network, prefix] of refusedV4) listV4.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of refusedV6) listV6.addSubnet(network, prefix, 'ipv6');

/** Whether an address is public. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  // A zone index (fe80::1%eth0) only exists for addresses of the local link.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 0) return false;
  return family === 6 ? !listV6.check(address, 'ipv6') : !listV4.check(address, 'ipv4');
}

import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

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

/** The connection was refused because of where it would have gone. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  readonly code = 'PRIVATE_ADDRESS';

  constructor(hostname: string) {
    super(`${hostname} has no public address; allowPrivateAddress permits it for an endpoint`);
  }
}

/** Whether an address is public. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  // A zone index (fe80::1%eth0) only exists for addresses of the local link.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 0) return false;
  return family === 6 ? !listV6.check(address, 'ipv6') : !listV4.check(address, 'ipv4');
}

/**
 * A lookup that leaves only public addresses. It runs at every connection and its result is what is connected to, so a name
 * that answers differently the second time (DNS rebinding) gains nothing.
 */
export function publicLookup(resolve: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const all = Array.isArray(addresses) ? addresses : [{ address: addresses, family: isIP(addresses) }];
      const publicOnes = all.filter(({ address }) => isPublicAddress(address));
      const [first] = publicOnes;
      if (first === undefined) callback(new PrivateAddressError(hostname), '', 0);
      else if (options.all === true) callback(null, publicOnes);
      else callback(null, first.address, first.family);
    });
  };
}

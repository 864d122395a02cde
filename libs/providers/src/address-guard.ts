import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

import { isPublicAddress } from '@apilink/dialects';

/** The connection was refused because of where it would have gone. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  readonly code = 'PRIVATE_ADDRESS';

  constructor(hostname: string) {
    super(`${hostname} has no public address; allowPrivateAddress permits it for an endpoint`);
  }
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

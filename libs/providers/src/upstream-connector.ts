import { isIP, type LookupFunction } from 'node:net';

import { isPublicAddress } from '@apilink/dialects';
import { buildConnector } from 'undici';

import { PrivateAddressError, publicLookup } from './address-guard.js';

/** Above every endpoint's own limit: the call's timer decides, this one only frees the socket of a dead address. */
const CONNECT_MS_MAX = 30_000;
/** Between probes of an idle connection, so that a peer that vanished is noticed. */
const TCP_KEEP_ALIVE_MS = 30_000;

const options = { allowH2: false, timeout: CONNECT_MS_MAX, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };

/** Opens connections anywhere. Only for endpoints whose operator said `allowPrivateAddress`. */
export function anyAddressConnector(): buildConnector.connector {
  return buildConnector(options);
}

/** Opens connections to public addresses alone, whatever the name resolves to. */
export function publicAddressConnector(resolve?: LookupFunction): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: publicLookup(resolve) });
  return (target, callback) => {
    // An address in the URL is never looked up.
    if (isIP(target.hostname) !== 0 && !isPublicAddress(target.hostname)) {
      callback(new PrivateAddressError(target.hostname), null);
      return;
    }
    connect(target, callback);
  };
}

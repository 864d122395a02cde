import { isIP } from 'node:net';

import { invalid, type RequestProblem } from '../call/request-problem.js';
import { isPublicAddress } from './public-address.js';

/** Longer addresses are nobody's; a payload (`data:`) is as long as it likes. */
const ADDRESS_CHARACTERS_MAX = 8192;

/** Names that only a private network answers to (RFC 6761, RFC 6762, RFC 8375, and the clouds' metadata services). */
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'home.arpa',
  'localdomain',
];

/** Schemes that a provider fetches from its own store, with its own permissions. */
const storeSchemes: ReadonlySet<string> = new Set(['gs:', 's3:']);

/**
 * Why a picture, file or sound may not be named by this address; null when it may. Nothing here fetches it: the provider does,
 * and it must not be asked to look into a private network, its own or ours (server-side request forgery). What is no absolute
 * URL (a file's id, plain base64) and `data:` URLs are none of its business. `param` is the path of the parameter, as in
 * `messages[3].content[0].image_url.url`.
 */
export function mediaAddressProblem(param: string, address: string): RequestProblem | null {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(address.slice(0, 40))?.[0].toLowerCase() ?? null;
  if (scheme === null || scheme === 'data:' || storeSchemes.has(scheme)) return null;
  if (scheme !== 'http:' && scheme !== 'https:') {
    return invalid(param, `an http, https or data URL, got one with the scheme "${scheme}"`);
  }
  if (address.length > ADDRESS_CHARACTERS_MAX) {
    return invalid(param, `a URL of at most ${ADDRESS_CHARACTERS_MAX} characters, got ${address.length}`);
  }
  const host = hostOf(address);
  if (host === null) return invalid(param, 'a URL, got a text that is none');
  return isPublicHost(host) ? null : invalid(param, `a public address; "${host.slice(0, 100)}" is a private one`);
}

/** As whoever connects sees it: `0x7f.1` and `2130706433` are 127.0.0.1. */
function hostOf(address: string): string | null {
  try {
    return new URL(address).hostname.toLowerCase().replace(/\.+$/, '');
  } catch {
    return null;
  }
}

function isPublicHost(host: string): boolean {
  const literal = host.startsWith('[') ? host.slice(1, -1) : host;
  if (isIP(literal) !== 0) return isPublicAddress(literal);
  // A name without a dot is one of the local network.
  if (!host.includes('.')) return false;
  return !privateSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

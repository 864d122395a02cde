import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * A browser of this machine that asked for this machine by a loopback name: not a page of the network, not one whose name
 * was made to point here, not one that came through a proxy on this machine (who may ask for somebody far away).
 */
export function isOwnReader(request: IncomingMessage): boolean {
  if (cameThroughProxy(request)) return false;
  return isLoopback(request.socket.remoteAddress ?? '') && isLoopbackName(request.headers.host ?? '');
}

const proxyHeader = /^(?:forwarded|via|x-forwarded-.+|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)$/;

/** Proxies name themselves or the client; nginx, left to its defaults, asks in HTTP/1.0, which no browser does. */
function cameThroughProxy(request: IncomingMessage): boolean {
  return request.httpVersion === '1.0' || Object.keys(request.headers).some((name) => proxyHeader.test(name));
}

function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function isLoopbackName(host: string): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return name === 'localhost' || isLoopback(name);
}

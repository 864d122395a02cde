import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { errorCode } from '../error-filter/error-code.js';
import { ConfigurationError } from '../config/configuration-error.js';

/** Listens, and says in one sentence which variable to change when it cannot. */
export async function listen(
  server: Server,
  where: { readonly host: string; readonly port: number },
  variable: string,
): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new ConfigurationError(sentence(error, where, variable), { cause: error }));
    };
    server.once('error', fail);
    server.listen(where.port, where.host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no TCP port.');
  return address;
}

function sentence(error: Error, { host, port }: { host: string; port: number }, variable: string): string {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `${variable} ${port} is in use on ${host}: stop what listens there, or set ${variable} to another port.`;
    case 'EACCES':
      return `${variable} ${port} may not be opened by this user: set ${variable} to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is no address of this machine: set HOST to one that is.`;
    default:
      return `${variable} ${port} on ${host} cannot be opened (${error.message}).`;
  }
}

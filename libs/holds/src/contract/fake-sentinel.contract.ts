import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface FakeSentinel {
  readonly port: number;
  /** Which port the primary answers on from now. */
  primary: number;
  /** The names that it was asked for. */
  readonly asked: Set<string>;
  close(): Promise<void>;
}

/** A Sentinel that knows one primary on loopback: it answers the two questions of a client and takes everything else. */
export async function startFakeSentinel(primary: number): Promise<FakeSentinel> {
  const sockets = new Set<Socket>();
  const sentinel = { port: 0, primary, asked: new Set<string>(), close: () => Promise.resolve() };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      // One array of bulk strings after the other: `*3 $8 SENTINEL $23 get-master-addr-by-name $4 gate`.
      for (const command of bytes
        .toString('latin1')
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        const words = command.split('\r\n').filter((line, index) => index % 2 === 1 && line !== '');
        const question = words[1]?.toLowerCase();
        if (question === 'get-master-addr-by-name') {
          sentinel.asked.add(words[2] ?? '');
          const port = String(sentinel.primary);
          socket.write(`*2\r\n$9\r\n127.0.0.1\r\n$${port.length}\r\n${port}\r\n`);
        } else {
          socket.write(question === 'sentinels' ? '*0\r\n' : '+OK\r\n');
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sentinel.port = portOf(server.address());
  sentinel.close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return sentinel;
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

import { connect } from 'node:net';

const ANSWER_MS_MAX = 1000;

/** Sends bytes to a port of loopback and gives the first bytes of the answer; null when nobody answers within a second. */
export function ask(port: number, question: Uint8Array): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (answer: Buffer | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS_MAX, () => finish(null));
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
    socket.once('data', (chunk) => finish(Buffer.from(chunk)));
    socket.write(question);
  });
}

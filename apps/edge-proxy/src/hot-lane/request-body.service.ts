import type { IncomingMessage } from 'node:http';

import { ApiError } from '@apilink/service';

export interface BodyLimits {
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** The client closed while its request was still coming: nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

export const clientGone = new ClientGone('the client closed before its request was whole');

/** Reads the whole body into one buffer. Rejects with an ApiError (413, 408) or with ClientGone. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (): void => {
      clearTimeout(timer);
      request.off('data', take);
      request.off('end', end);
      request.off('close', gone);
      request.off('error', gone);
    };
    const fail = (error: Error): void => {
      finish();
      // Errors of a request that nobody waits for any more must not end the process.
      request.on('error', () => undefined);
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new ApiError('body_timeout', { limit: String(limits.timeoutMs / 1000) })),
      limits.timeoutMs,
    );
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.bytesMax) fail(new ApiError('body_too_large', { limit: String(limits.bytesMax) }));
      else chunks.push(chunk);
    };
    const end = (): void => {
      finish();
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes));
    };
    const gone = (): void => fail(clientGone);
    request.on('data', take);
    request.once('end', end);
    request.once('close', gone);
    request.once('error', gone);
  });
}

/** How much of a refused body is read and thrown away, so that the client gets to read our answer. */
const DISCARD_BYTES_MAX = 64 * 1024 * 1024;
const DISCARD_MS_MAX = 5_000;

/** Swallows a bounded rest of a body that nobody reads; beyond the bound the connection is closed. Then calls `done`, once. */
export function discardBody(request: IncomingMessage, done: () => void): void {
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), DISCARD_MS_MAX);
  const finish = (): void => {
    clearTimeout(timer);
    request.off('end', finish);
    request.off('close', finish);
    done();
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARD_BYTES_MAX) request.destroy();
  });
  request.on('error', () => undefined);
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}

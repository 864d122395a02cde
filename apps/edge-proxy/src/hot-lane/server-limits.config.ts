import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { errorAnswer, uuidV7 } from '@apilink/service';
import { encodeWireId } from '@apilink/contracts';

import { HEADER_LINES_MAX } from './request-guard.domain.js';

/**
 * Limits of the listener that only its server can keep. A composition with a listener of its own calls this for it too.
 * Node's parser already refuses CL+TE, a second content-length and header blocks above 16 KiB.
 */
export function hardenServer(server: Server): void {
  // One more than allowed, so that the lane sees that there were too many instead of a silently shortened list.
  server.maxHeadersCount = HEADER_LINES_MAX + 1;
  // Fastify's own answer is not of the catalogue, and it closes before the answer is sent.
  server.removeAllListeners('clientError');
  server.on('clientError', (error: Error, socket: Duplex) => answerParserError(error, socket));
}

function answerParserError(error: Error, socket: Duplex): void {
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) {
    socket.destroy();
    return;
  }
  const requestId = encodeWireId('req', uuidV7());
  const answer = errorAnswer('invalid_header', {
    requestId,
    details: { param: 'request', detail: 'it is not HTTP/1.1' },
  });
  const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(answer.body);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\n${lines.join('')}content-length: ${length}\r\nconnection: close\r\n\r\n${answer.body}`,
  );
}

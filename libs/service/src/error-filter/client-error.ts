import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { encodeWireId, type ErrorCode, type ErrorDetails } from '@apilink/contracts';

import { uuidV7 } from '../identity/uuid-v7.js';
import { errorCode } from './error-code.js';
import { errorAnswer } from './error-answer.js';

/**
 * Answers bytes that are no HTTP request, and closes. When an answer is under way on the connection it is cut instead:
 * an error written into a running stream would be read as a part of it.
 */
export function answerClientError(error: Error, socket: Duplex | Socket): void {
  // Node keeps the answer that is being written here, and looks at it for the same reason.
  const running: unknown = Reflect.get(socket, '_httpMessage');
  if (Boolean(running) || !socket.writable || errorCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [code, details] = classify(error);
  const { status, headers, body } = errorAnswer(code, { details, requestId: encodeWireId('req', uuidV7()) });
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}\r\n${head}\r\n${body}`);
}

function classify(error: Error): [ErrorCode, ErrorDetails] {
  switch (errorCode(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['body_timeout', { limit: '60' }];
    case 'HPE_HEADER_OVERFLOW':
      return ['invalid_header', { param: 'header', detail: 'all headers together are larger than 16 KiB' }];
    default:
      return ['invalid_header', { param: 'request', detail: 'this is not a valid HTTP/1.1 request' }];
  }
}

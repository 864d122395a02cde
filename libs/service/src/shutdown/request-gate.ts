import type { IncomingMessage, ServerResponse } from 'node:http';

import { encodeWireId, skinOf } from '@apilink/contracts';

import { errorAnswer } from '../error-filter/error-answer.js';
import { uuidV7 } from '../identity/uuid-v7.js';

/** Counts the requests that run, refuses new ones while draining, and says when the last one has ended. */
export class RequestGate {
  #running = 0;
  #draining = false;
  #idle: (() => void) | null = null;

  /** True when the request may run. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#draining) {
      refuseWhileDraining(response, request.url);
      return false;
    }
    this.#running++;
    response.once('close', () => {
      this.#running--;
      if (this.#running === 0) this.#idle?.();
    });
    return true;
  }

  /** Resolves when nothing runs any more, or at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The answer of a server that is going away: the next try belongs on another connection. */
export function refuseWhileDraining(response: ServerResponse, target = '/'): void {
  const skin = skinOf(target);
  const requestId = encodeWireId('req', uuidV7());
  const answer = errorAnswer('shutting_down', { requestId, retryAfterMs: 100, skin });
  response.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(answer.body);
}

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { AddressConnections } from './address-connections.domain.js';

/**
 * Watches one client socket for its end. A FIN counts as the client's close, half-closing senders too (docs/money.md,
 * Outcome of a request); node itself would tell of it only after everything was written.
 */
export class ClientConnection {
  /** Node forgets a socket's address when it closes. */
  readonly address: string;
  #isClosed = false;
  readonly #listeners = new Set<() => void>();
  #isBusy = false;
  readonly #pipelined: (() => void)[] = [];

  constructor(
    readonly socket: Socket,
    /** False when its address has as many connections as it may. */
    readonly isWelcome: boolean,
  ) {
    this.address = socket.remoteAddress ?? 'unknown';
    const close = (): void => this.#close();
    socket.once('end', close);
    socket.once('close', close);
    socket.on('error', close);
    if (socket.destroyed || socket.readableEnded) this.#isClosed = true;
  }

  /** The client has closed, or the connection broke. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  onClose(listener: () => void): void {
    this.#listeners.add(listener);
  }

  offClose(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /**
   * One exchange after the other: a pipelined request waits for the answer before it, so that an answer that breaks, and
   * with it the connection, is never another one's end. Null when it is the request's turn at once; a promise of its turn
   * otherwise. It lasts until the response closes, or, where there is no connection any more, not at all.
   */
  turnOf(response: ServerResponse): Promise<void> | null {
    if (!this.#isBusy) {
      this.#begin(response);
      return null;
    }
    return new Promise((resolve) => {
      this.#pipelined.push(() => {
        this.#begin(response);
        resolve();
      });
    });
  }

  get pipelined(): number {
    return this.#pipelined.length;
  }

  #begin(response: ServerResponse): void {
    this.#isBusy = true;
    // A response that waited in vain for its socket never closes.
    if (this.#isClosed || this.socket.destroyed) process.nextTick(() => this.#next());
    else response.once('close', () => this.#next());
  }

  #next(): void {
    this.#isBusy = false;
    this.#pipelined.shift()?.();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** The connections of one application; a socket is watched once, however many requests it carries. */
export class ClientConnections {
  readonly #bySocket = new WeakMap<Socket, ClientConnection>();

  constructor(private readonly addresses: AddressConnections) {}

  of(socket: Socket): ClientConnection {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const address = socket.remoteAddress ?? 'unknown';
    const isWelcome = this.addresses.enter(address);
    if (isWelcome) socket.once('close', () => this.addresses.leave(address));
    const connection = new ClientConnection(socket, isWelcome);
    this.#bySocket.set(socket, connection);
    return connection;
  }
}

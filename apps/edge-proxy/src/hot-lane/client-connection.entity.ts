import type { Socket } from 'node:net';

/**
 * Watches one client socket for its end. A FIN counts as the client's close, half-closing senders too (docs/money.md,
 * Outcome of a request); node itself would tell of it only after everything was written.
 */
export class ClientConnection {
  #isClosed = false;
  readonly #listeners = new Set<() => void>();

  constructor(readonly socket: Socket) {
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

  get address(): string {
    return this.socket.remoteAddress ?? 'unknown';
  }

  onClose(listener: () => void): void {
    this.#listeners.add(listener);
  }

  offClose(listener: () => void): void {
    this.#listeners.delete(listener);
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

  of(socket: Socket): ClientConnection {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const connection = new ClientConnection(socket);
    this.#bySocket.set(socket, connection);
    return connection;
  }
}

import type { ServerResponse } from 'node:http';

import type { ClientConnection } from '../hot-lane/client-connection.entity.js';

/** More than this waiting for a slow reader pauses the upstream. */
export const BUFFER_BYTES_MAX = 8 * 1024 * 1024;
/** The upstream goes on once this little waits. */
const BUFFER_BYTES_RESUME = 1024 * 1024;

/**
 * The client's side of one exchange: bounded buffering, and an end that tells a whole answer from a broken one. What the
 * socket does not take at once waits here and not in the socket, so that progress of a slow reader can be seen.
 */
export class ClientAnswer {
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #isBlocked = false;
  #ending: 'whole' | 'broken' | null = null;
  #whenDrained: (() => void) | null = null;
  /** When bytes last went out or were taken by the client, on the monotonic clock. */
  lastWriteAt: number;
  lastProgressAt: number;

  constructor(
    readonly response: ServerResponse,
    readonly connection: ClientConnection,
    private readonly monotonic: () => number,
  ) {
    this.lastWriteAt = monotonic();
    this.lastProgressAt = this.lastWriteAt;
  }

  /** The status line has gone out. */
  get isCommitted(): boolean {
    return this.response.headersSent;
  }

  get isGone(): boolean {
    return this.connection.isClosed;
  }

  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  /** The buffer has room. */
  get takesMore(): boolean {
    return this.#queuedBytes < BUFFER_BYTES_MAX;
  }

  /** Something waits for the client to read on. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Begins a stream: status and headers go out at once. */
  commit(status: number, headers: string[]): void {
    if (this.isCommitted || this.isGone) return;
    this.response.writeHead(status, headers);
    this.response.flushHeaders();
  }

  /** False when the upstream should pause until `whenDrained`. */
  write(bytes: Buffer): boolean {
    if (this.isGone || this.#ending !== null) return true;
    this.lastWriteAt = this.monotonic();
    if (this.#isBlocked) {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
      return this.takesMore;
    }
    if (!this.response.write(bytes)) this.#block();
    return true;
  }

  /** Called once, when a paused upstream may go on. */
  whenDrained(resume: () => void): void {
    this.#whenDrained = resume;
  }

  /** The whole answer in one write. */
  send(status: number, headers: string[], body: Buffer | string): void {
    if (this.isCommitted || this.isGone) return;
    this.response.writeHead(status, headers);
    this.response.end(body);
  }

  /** Ends a stream that is whole. */
  end(bytes: Buffer): void {
    this.write(bytes);
    this.#close('whole');
  }

  /**
   * Ends a stream that broke: what waits still goes out, then the connection closes without the end of the chunked body,
   * so that no client takes the answer for a whole one.
   */
  break(bytes: Buffer | null): void {
    if (bytes !== null) this.write(bytes);
    this.#close('broken');
  }

  /** Closes the connection at once; what waits is lost. */
  destroy(): void {
    this.#drop();
    this.response.destroy();
  }

  #close(ending: 'whole' | 'broken'): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    if (this.isGone) {
      this.destroy();
      return;
    }
    if (!this.#isBlocked) this.#finish();
  }

  #finish(): void {
    if (this.#ending === 'whole') {
      this.response.end();
      return;
    }
    // node gathers the chunks of one turn; a turn later they are the socket's, which sends them and closes: the chunked
    // body stays without its end.
    setImmediate(() => this.connection.socket.destroySoon());
  }

  #block(): void {
    this.#isBlocked = true;
    this.lastProgressAt = this.monotonic();
    this.response.once('drain', () => this.#drained());
  }

  #drained(): void {
    this.#isBlocked = false;
    this.lastProgressAt = this.monotonic();
    while (this.#queue.length > 0 && !this.#isBlocked) {
      const bytes = this.#queue.shift();
      if (bytes === undefined) break;
      this.#queuedBytes -= bytes.length;
      if (!this.response.write(bytes)) this.#block();
    }
    if (this.#queuedBytes <= BUFFER_BYTES_RESUME) {
      const resume = this.#whenDrained;
      this.#whenDrained = null;
      resume?.();
    }
    if (this.#ending !== null && !this.#isBlocked) this.#finish();
  }

  #drop(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#ending ??= 'broken';
  }
}

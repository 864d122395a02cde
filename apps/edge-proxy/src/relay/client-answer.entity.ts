import type { ServerResponse } from 'node:http';

import type { AnswerRecorder } from '../keeping/answer-recorder.entity.js';
import type { ClientConnection } from '../hot-lane/client-connection.entity.js';
import { chunkFrame } from './chunk-frame.domain.js';

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
  /** The stream's chunks are framed here and written to the socket; else node frames them. */
  #isFraming = false;
  #hasWritten = false;
  #lastWriteAt: number;
  /** When the client last took bytes, on the monotonic clock. */
  lastProgressAt: number;
  /** Takes down what the client is given, where it may be given again. */
  recorder: AnswerRecorder | null = null;

  constructor(
    readonly response: ServerResponse,
    readonly connection: ClientConnection,
    private readonly monotonic: () => number,
  ) {
    this.#lastWriteAt = monotonic();
    this.lastProgressAt = this.#lastWriteAt;
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

  /** How long nothing has been written, as seen by one who asks every now and then: a write has no clock to read. */
  silentMs(now: number): number {
    if (this.#hasWritten) {
      this.#hasWritten = false;
      this.#lastWriteAt = now;
    }
    return now - this.#lastWriteAt;
  }

  /**
   * Begins a stream: status and headers go out at once. From here on its chunks are framed by ourselves, one buffer and
   * one write each: node needs three buffers and a turn for it, a third of what an event costs. Only where the answer
   * owns its socket; an HTTP/1.0 client gets no chunks.
   */
  commit(status: number, headers: string[]): void {
    this.recorder?.begin(status, headers);
    if (this.isCommitted || this.isGone) return;
    const { response, connection } = this;
    response.writeHead(status, headers);
    response.flushHeaders();
    this.#isFraming = response.chunkedEncoding && response.socket === connection.socket;
  }

  /** False when the upstream should pause until `whenDrained`. */
  write(bytes: Buffer): boolean {
    this.recorder?.take(bytes);
    // An empty chunk is the end of a chunked body.
    if (this.isGone || this.#ending !== null || bytes.length === 0) return true;
    this.#hasWritten = true;
    if (this.#isBlocked) {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
      return this.takesMore;
    }
    if (!this.#put(bytes)) this.#block();
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

  /** Ends a stream that is whole: the last bytes and the end of the body in one write. */
  end(bytes: Buffer): void {
    const { socket } = this.connection;
    socket.cork();
    this.write(bytes);
    this.#close('whole');
    socket.uncork();
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

  #put(bytes: Buffer): boolean {
    return this.#isFraming ? this.connection.socket.write(chunkFrame(bytes)) : this.response.write(bytes);
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
    const drained = (): void => this.#drained();
    if (this.#isFraming) this.connection.socket.once('drain', drained);
    else this.response.once('drain', drained);
  }

  #drained(): void {
    this.#isBlocked = false;
    this.lastProgressAt = this.monotonic();
    while (this.#queue.length > 0 && !this.#isBlocked) {
      const bytes = this.#queue.shift();
      if (bytes === undefined) break;
      this.#queuedBytes -= bytes.length;
      if (!this.#put(bytes)) this.#block();
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

import { KEPT_BYTES_MAX } from './kept-answer.domain.js';

/** Remembers what a client is given, as far as it may be given again: beyond the bound everything is let go. */
export class AnswerRecorder {
  #status = 0;
  #headers: readonly string[] = [];
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly bytesMax: number = KEPT_BYTES_MAX) {}

  get status(): number {
    return this.#status;
  }

  get headers(): readonly string[] {
    return this.#headers;
  }

  /** Null once it was too large. */
  get body(): Buffer | null {
    return this.#bytes > this.bytesMax ? null : Buffer.concat(this.#pieces, this.#bytes);
  }

  begin(status: number, headers: readonly string[]): void {
    if (this.#status !== 0) return;
    this.#status = status;
    this.#headers = headers;
  }

  take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.bytesMax) this.#pieces = [];
    else this.#pieces.push(bytes);
  }
}

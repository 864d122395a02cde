/** The part of a stream that progress needs. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/**
 * Shows the long steps of a start: on a terminal as a line that moves, in a pipe as one line when a step ends. Notes
 * within a step replace the moving line, or are lines of their own in a pipe.
 */
export class Progress {
  #step = 'Starting';
  #note = '';

  constructor(
    private readonly stream: ProgressStream,
    private readonly now: () => number = Date.now,
  ) {}

  async step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const startedAt = this.now();
    this.#step = name;
    const stopMoving = this.#move(name, startedAt);
    try {
      const result = await work();
      stopMoving();
      this.stream.write(`✓ ${name} (${this.#elapsed(startedAt)})\n`);
      return result;
    } catch (error) {
      stopMoving();
      throw error;
    }
  }

  /** What happens within the running step. */
  note(text: string): void {
    this.#note = text;
    if (this.stream.isTTY !== true) this.stream.write(`${this.#step}: ${text}\n`);
  }

  /** A sentence of its own, also when no step runs. */
  remark(sentence: string): void {
    this.stream.write(`${this.stream.isTTY === true ? '\r\u001B[2K' : ''}${sentence}\n`);
  }

  #move(name: string, startedAt: number): () => void {
    this.#note = '';
    if (this.stream.isTTY !== true) return () => undefined;
    let frame = 0;
    const draw = (): void => {
      frame = (frame + 1) % frames.length;
      const note = this.#note === '' ? '' : `: ${this.#note}`;
      this.stream.write(`\r\u001B[2K${frames[frame] ?? ''} ${name}${note} … ${this.#elapsed(startedAt)}`);
    };
    draw();
    const timer = setInterval(draw, frameMs);
    return () => {
      clearInterval(timer);
      this.stream.write('\r\u001B[2K');
    };
  }

  #elapsed(startedAt: number): string {
    return `${((this.now() - startedAt) / 1000).toFixed(1)} s`;
  }
}

import type { UpstreamFailure, UpstreamHandler } from '../upstream-client.js';
import { AwsEventFrames } from './aws-event-frames.js';

const FRAMED = 'application/vnd.amazon.eventstream';

/** Hands AWS's event streams on as text/event-stream; answers that are none (errors in JSON) pass as they are. */
export class EventFrameHandler implements UpstreamHandler {
  private frames: AwsEventFrames | null = null;
  private isOver = false;

  /** `abandon` closes the call of a stream that is broken. */
  constructor(
    private readonly handler: UpstreamHandler,
    private readonly abandon: () => void,
  ) {}

  onSent(): void {
    this.handler.onSent?.();
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (headers['content-type']?.startsWith(FRAMED) !== true) {
      this.handler.onHead(status, headers);
      return;
    }
    this.frames = new AwsEventFrames();
    this.handler.onHead(status, { ...headers, 'content-type': 'text/event-stream' });
  }

  onData(chunk: Buffer): boolean {
    if (this.isOver) return true;
    if (this.frames === null) return this.handler.onData(chunk);
    try {
      const events = this.frames.take(chunk);
      return events === null || this.handler.onData(events);
    } catch {
      this.fail({ class: 'cut', code: 'BROKEN_EVENT_STREAM' });
      return true;
    }
  }

  onEnd(): void {
    if (this.isOver) return;
    if (this.frames?.isInside === true) this.fail({ class: 'cut', code: 'BROKEN_EVENT_STREAM' });
    else this.handler.onEnd();
  }

  onError(failure: UpstreamFailure): void {
    if (!this.isOver) this.handler.onError(failure);
  }

  private fail(failure: UpstreamFailure): void {
    this.isOver = true;
    this.abandon();
    this.handler.onError(failure);
  }
}

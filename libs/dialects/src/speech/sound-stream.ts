import type { UsageVector } from '@apilink/pricing';

import type { AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import { readFailure } from '../call/read-failure.js';
import { isRecord, parsedJson } from '../json/records.js';
import { SoundMeter } from '../sound/sound-meter.js';

/** What is kept of a body that is no sound: enough for any error object. */
const FOREIGN_BYTES_MAX = 64 * 1024;
const nothing = Buffer.alloc(0);

const contentTypes: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

export interface SoundStreamOptions {
  /** As the client asked for it; null when it did not. */
  readonly format: string | null;
  /** What was used by our own count, of so much sound; all of the text was spoken when `isWhole`. */
  readonly count: (milliseconds: number, isWhole: boolean) => UsageVector;
}

/**
 * Sound on its way to the client: every byte passes as it comes, and its length is measured. Nothing can be written between
 * the bytes of sound, so that a broken one can only be told by its connection.
 */
export class SoundStream implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  problem: string | null = null;
  readonly usage = null;
  readonly usageProblem = null;
  readonly serviceTier = null;
  private readonly meter: SoundMeter;
  private told: string | null = null;
  private foreign: Buffer[] | null = null;
  private foreignBytes = 0;
  private isOver = false;

  constructor(private readonly options: SoundStreamOptions) {
    this.meter = new SoundMeter(options.format);
  }

  get finishReason(): string | null {
    return this.phase === 'complete' ? 'stop' : null;
  }

  /** Told at the end alone: the hold of speech never grows. */
  get outputTokens(): number {
    return this.isOver && this.meter.bytes > 0 ? this.counted.output : 0;
  }

  get counted(): UsageVector {
    return this.options.count(this.meter.milliseconds, this.phase === 'complete');
  }

  get isEmpty(): boolean {
    return this.meter.bytes === 0;
  }

  get contentType(): string {
    return this.told ?? contentTypes[this.options.format ?? 'mp3'] ?? 'application/octet-stream';
  }

  head(contentType: string | null): void {
    const isText = contentType !== null && /^(application\/(problem\+)?json|text\/)/i.test(contentType);
    if (isText) this.foreign = [];
    else if (contentType !== null && /^[\w.+/;= -]{3,100}$/.test(contentType)) this.told = contentType;
  }

  feed(read: Buffer): Buffer | null {
    if (this.isOver || read.length === 0) return null;
    if (this.foreign !== null) {
      if (this.foreignBytes < FOREIGN_BYTES_MAX) this.foreign.push(read);
      this.foreignBytes += read.length;
      return null;
    }
    this.phase = 'content';
    this.meter.take(read);
    return read;
  }

  end(): Buffer | null {
    if (this.isOver) return null;
    this.isOver = true;
    if (this.foreign !== null) this.judge(Buffer.concat(this.foreign));
    else this.phase = this.meter.bytes > 0 ? 'complete' : 'cut';
    return null;
  }

  finish(): Buffer {
    this.isOver = true;
    return nothing;
  }

  /** Text where sound was asked for: an error object is a failure, all else is malformed. */
  private judge(body: Buffer): void {
    const document = parsedJson(body.toString());
    this.failure = isRecord(document) ? readFailure(document['error']) : null;
    this.phase = this.failure === null ? 'malformed' : 'failed';
    if (this.failure === null) this.problem = 'the answer is no sound';
  }
}

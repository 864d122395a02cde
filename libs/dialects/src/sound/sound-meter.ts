import { mp3Frame, mp3Start } from './mp3-frames.js';
import { wavFormat } from './wav-format.js';

const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 64 * 1024;
/** OpenAI's raw samples: 24 kHz, 16 bits, one channel. */
const PCM_BYTES_PER_SECOND = 48_000;
/** What speech comes in where nothing tells its rate, 64 kbit/s. */
const USUAL_BYTES_PER_SECOND = 8_000;

/** Measures sound that passes: how long it is by its rate, or by the last page of an Ogg stream. Keeps 192 KiB of it. */
export class SoundMeter {
  private readonly first = Buffer.alloc(HEAD_BYTES);
  /** Twice as large as what is looked at, so that a byte is moved once at most. */
  private readonly last = Buffer.alloc(2 * TAIL_BYTES);
  private lastLength = 0;
  bytes = 0;

  /** `format` as the client asked for it; null when it did not. */
  constructor(private readonly format: string | null) {}

  take(read: Buffer): void {
    if (this.bytes < HEAD_BYTES) read.copy(this.first, this.bytes);
    this.bytes += read.length;
    const piece = read.subarray(-TAIL_BYTES);
    if (this.lastLength + piece.length > this.last.length) {
      this.last.copyWithin(0, this.lastLength - TAIL_BYTES, this.lastLength);
      this.lastLength = TAIL_BYTES;
    }
    this.lastLength += piece.copy(this.last, this.lastLength);
  }

  get milliseconds(): number {
    const { bytes } = this;
    const head = this.first.subarray(0, bytes);
    const wav = wavFormat(head);
    if (wav !== null) return lengthOf(Math.max(0, bytes - wav.dataStart), wav.bytesPerSecond);
    if (head.toString('latin1', 0, 4) === 'OggS') return this.oggMilliseconds();
    const frame = this.format === 'pcm' ? null : mp3Frame(head, mp3Start(head));
    if (frame !== null) return Math.ceil((bytes / frame.bytes) * frame.milliseconds);
    return lengthOf(bytes, this.format === 'pcm' ? PCM_BYTES_PER_SECOND : USUAL_BYTES_PER_SECOND);
  }

  /** Position of the last page, in samples of 48 kHz: what comes as Ogg from a speech model is Opus. */
  private oggMilliseconds(): number {
    const tail = this.last.subarray(0, this.lastLength);
    const page = tail.lastIndexOf('OggS');
    if (page < 0 || page + 14 > tail.length) return lengthOf(this.bytes, USUAL_BYTES_PER_SECOND);
    const position = tail.readBigInt64LE(page + 6);
    return position > 0n && position < 2n ** 45n ? Number(position / 48n) : 0;
  }
}

function lengthOf(bytes: number, bytesPerSecond: number): number {
  return Math.ceil((bytes * 1000) / bytesPerSecond);
}

/** The format of a WAV file (RIFF, "fmt " chunk), as a decoder goes by it. */
export interface WavFormat {
  readonly bytesPerSecond: number;
  /** Where the samples begin. */
  readonly dataStart: number;
}

const CHUNKS_MAX = 64;

/** Null when it is no WAV, or its head is not all there. */
export function wavFormat(head: Buffer): WavFormat | null {
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') return null;
  let bytesPerSecond = 0;
  let at = 12;
  for (let chunk = 0; chunk < CHUNKS_MAX && at + 8 <= head.length; chunk++) {
    const name = head.toString('latin1', at, at + 4);
    const length = head.readUInt32LE(at + 4);
    if (name === 'data') return bytesPerSecond > 0 ? { bytesPerSecond, dataStart: at + 8 } : null;
    if (name === 'fmt ' && at + 24 <= head.length) {
      const channels = head.readUInt16LE(at + 10);
      const rate = head.readUInt32LE(at + 12);
      const told = head.readUInt32LE(at + 16);
      const bits = head.readUInt16LE(at + 22);
      // A compressed format has few bits a sample; what the samples say counts where it is less.
      const sampled = Math.ceil((channels * rate * bits) / 8);
      bytesPerSecond = bits > 0 ? Math.min(sampled, told === 0 ? sampled : told) : told;
    }
    at += 8 + length + (length % 2);
  }
  return null;
}

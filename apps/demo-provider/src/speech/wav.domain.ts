/** Samples a second of everything spoken here, 16 bits each, one channel. */
export const SAMPLE_RATE = 24_000;

const CHARACTER_SAMPLES = (SAMPLE_RATE * 60) / 1_000;
const LOUDNESS = 6_000;
const LOWEST_HZ = 220;

/** The head of a WAV file with so many samples. */
export function wavHead(samples: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples * 2, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLE_RATE, 24);
  head.writeUInt32LE(SAMPLE_RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples * 2, 40);
  return head;
}

/** 60 ms for each character: a tone by its code, silence for a blank. */
export function toneOf(character: string): Buffer {
  const bytes = Buffer.alloc(CHARACTER_SAMPLES * 2);
  if (/\s/.test(character)) return bytes;
  const pitch = LOWEST_HZ * 2 ** (((character.codePointAt(0) ?? 0) % 24) / 12);
  for (let sample = 0; sample < CHARACTER_SAMPLES; sample++) {
    // It swells and fades, so that the tones do not click.
    const swell = Math.sin((Math.PI * sample) / CHARACTER_SAMPLES);
    const value = LOUDNESS * swell * Math.sin((2 * Math.PI * pitch * sample) / SAMPLE_RATE);
    bytes.writeInt16LE(Math.round(value), sample * 2);
  }
  return bytes;
}

export function samplesOf(characters: number): number {
  return characters * CHARACTER_SAMPLES;
}

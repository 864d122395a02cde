/** One frame of MPEG audio (ISO 11172-3, 2.4.2.3; layer III and its lower rates in ISO 13818-3). */
export interface Mp3Frame {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Kilobits a second by index, for MPEG 1 and for MPEG 2 and 2.5, layer III. */
const rates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const rates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const samplings: Readonly<Record<number, readonly number[]>> = {
  3: [44_100, 48_000, 32_000],
  2: [22_050, 24_000, 16_000],
  0: [11_025, 12_000, 8_000],
};

/** The frame whose header is at `at`; null when there is none. */
export function mp3Frame(bytes: Buffer, at: number): Mp3Frame | null {
  const [first, second = 0, third = 0] = bytes.subarray(at, at + 3);
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return null;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const kilobits = (version === 3 ? rates1 : rates2)[third >> 4] ?? 0;
  const sampling = samplings[version]?.[(third >> 2) & 3] ?? 0;
  if (layer !== 1 || kilobits === 0 || sampling === 0) return null;
  const samples = version === 3 ? 1152 : 576;
  const padding = (third >> 1) & 1;
  const length = Math.floor((samples * kilobits * 125) / sampling) + padding;
  return { bytes: length, milliseconds: (samples * 1000) / sampling };
}

/** Behind an ID3v2 tag (its size is in seven bits a byte); 0 without one. */
export function mp3Start(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 3) !== 'ID3' || bytes.length < 10) return 0;
  const size = [6, 7, 8, 9].reduce((sum, place) => sum * 128 + ((bytes[place] ?? 0) & 0x7f), 0);
  return 10 + size;
}

/** The length of a whole file, frame by frame: a variable rate is told by nothing else. Null when it has no frame. */
export function mp3Milliseconds(bytes: Buffer): number | null {
  let at = mp3Start(bytes);
  let milliseconds = 0;
  let frames = 0;
  while (at + 4 <= bytes.length) {
    const frame = mp3Frame(bytes, at);
    if (frame !== null) {
      milliseconds += frame.milliseconds;
      frames++;
      at += frame.bytes;
      continue;
    }
    // Between frames there may be tags; a sync word is looked for.
    const next = bytes.indexOf(0xff, at + 1);
    if (next < 0) break;
    at = next;
  }
  return frames === 0 ? null : Math.ceil(milliseconds);
}

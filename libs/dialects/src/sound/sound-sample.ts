/** A WAV file of silence, as tests need it: 16 bits, one channel. */
export function sampleWav(milliseconds: number, rate = 16_000): Buffer {
  const samples = Math.round((rate * milliseconds) / 1000);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples * 2, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples * 2, 40);
  return Buffer.concat([head, Buffer.alloc(samples * 2)]);
}

/** Frames of MPEG 1 layer III at 128 kbit/s and 44.1 kHz: 417 bytes and 26.122 ms each. */
export function sampleMp3(frames: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

/** One page of an Ogg stream that ends at `position`. */
export function sampleOggPage(position: bigint, payload: Buffer): Buffer {
  const segments = Math.floor(payload.length / 255) + 1;
  const head = Buffer.alloc(27 + segments, 255);
  head.fill(0, 0, 27);
  head.write('OggS', 0, 'latin1');
  head.writeBigInt64LE(position, 6);
  head[26] = segments;
  head[head.length - 1] = payload.length % 255;
  return Buffer.concat([head, payload]);
}

/** An Opus stream of so many samples at 48 kHz. */
export function sampleOpus(position: bigint): Buffer {
  const opening = Buffer.concat([Buffer.from('OpusHead'), Buffer.alloc(11)]);
  return Buffer.concat([sampleOggPage(0n, opening), sampleOggPage(position, Buffer.alloc(300))]);
}

/** `ftyp` and a `moov` with its `mvhd`, and nothing to hear. */
export function sampleMp4(scale: number, length: number): Buffer {
  const header = Buffer.alloc(100);
  header.writeUInt32BE(scale, 12);
  header.writeUInt32BE(length, 16);
  return Buffer.concat([box('ftyp', Buffer.from('M4A mp42')), box('moov', box('mvhd', header))]);
}

function box(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length, 0);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, content]);
}

import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, property, tuple, uint8Array } from 'fast-check';

import { audioMilliseconds, longestMilliseconds } from './audio-length.js';
import { SoundMeter } from './sound-meter.js';
import { sampleMp3, sampleMp4, sampleOpus, sampleWav } from './sound-sample.js';

function flac(sampling: number, samples: number): Buffer {
  const file = Buffer.alloc(42);
  file.write('fLaC', 0, 'latin1');
  file.writeUIntBE((sampling << 4) >>> 0, 18, 3);
  file.writeUInt32BE(samples, 22);
  return file;
}

describe('the length of a sound file', () => {
  it.each([
    ['WAV', sampleWav(2_500), 2_500],
    ['MP3, frame by frame', sampleMp3(100), 2_613],
    [
      'MP3 behind a tag',
      Buffer.concat([Buffer.from('ID3\x04\x00\x00\x00\x00\x00\x0a'), Buffer.alloc(10), sampleMp3(10)]),
      262,
    ],
    ['Opus', sampleOpus(96_000n), 2_001],
    ['MP4', sampleMp4(1_000, 3_000), 3_000],
    ['FLAC', flac(16_000, 32_000), 2_000],
  ])('is told by a %s', (_kind, file, milliseconds) => {
    expect(audioMilliseconds(file)).toBe(milliseconds);
  });

  it('of WAV is that of its samples, whatever its header says of their number', () => {
    const file = sampleWav(1_000);
    file.writeUInt32LE(0, 40);
    expect(audioMilliseconds(file)).toBe(1_000);
  });

  it('of a compressed file is never shorter than its size allows: headers lie', () => {
    const file = Buffer.concat([sampleMp4(1_000, 1), Buffer.alloc(800_000)]);
    expect(audioMilliseconds(file)).toBeGreaterThan(9_000);
  });

  it('is not known of anything else, and then the thinnest sound of that size is assumed', () => {
    expect(audioMilliseconds(Buffer.from('\x1aE\xdf\xa3 webm', 'latin1'))).toBeNull();
    expect(audioMilliseconds(Buffer.alloc(0))).toBeNull();
    expect(longestMilliseconds(750)).toBe(1_000);
  });

  it('is a whole number or unknown, whatever comes', () => {
    const heads = constantFrom('RIFF', 'fLaC', 'OggS', 'ID3', '\0\0\0\x08ftyp', '\xff\xfb').map((text) =>
      Buffer.from(text, 'latin1'),
    );
    const samples = constantFrom(sampleWav(10), sampleMp3(2), sampleOpus(9n), sampleMp4(1, 1));
    assert(
      property(tuple(heads, uint8Array({ maxLength: 300 })), samples, ([head, bytes], sample) => {
        const spoiled = Buffer.from(sample);
        bytes.forEach((byte, index) => (spoiled[(byte * 7 + index) % spoiled.length] = byte));
        for (const file of [Buffer.concat([head, bytes]), spoiled]) {
          const told = audioMilliseconds(file);
          expect(told === null || (Number.isSafeInteger(told) && told >= 0)).toBe(true);
        }
      }),
    );
  });
});

describe('sound that passes', () => {
  it.each([
    ['wav', sampleWav(2_500), 2_500],
    ['mp3', sampleMp3(100), 2_613],
    ['opus', sampleOpus(96_000n), 2_000],
    ['pcm', Buffer.alloc(48_000), 1_000],
    [null, Buffer.alloc(8_000), 1_000],
  ])('is measured as %s, wherever it was cut into reads', (format, sound, milliseconds) => {
    for (const size of [1, 7, 1_000, sound.length]) {
      const meter = new SoundMeter(format);
      for (let at = 0; at < sound.length; at += size) meter.take(sound.subarray(at, at + size));
      expect(meter.milliseconds).toBe(milliseconds);
    }
  });
});

import { mp3Milliseconds, mp3Frame, mp3Start } from './mp3-frames.js';
import { wavFormat } from './wav-format.js';

/** Opus at its thinnest is 6 kbit/s: no speech survives below. */
const THINNEST_BYTES_PER_SECOND = 750;
/** A header may lie; sound of no usual encoding is denser than this, 640 kbit/s. */
const DENSEST_BYTES_PER_SECOND = 80_000;
const PAGES_MAX = 1_000_000;
const BOXES_MAX = 10_000;

/** Length of sound at its most where nothing tells it, by its size. */
export function longestMilliseconds(bytes: number): number {
  return Math.ceil((bytes * 1000) / THINNEST_BYTES_PER_SECOND);
}

/**
 * The length of a sound file by its own structure, in thousandths of a second: WAV, MP3, FLAC, Ogg (Opus, Vorbis) and MP4; null
 * for anything else, WebM among it. What a compressed file says of itself counts only as far as its size allows.
 */
export function audioMilliseconds(file: Buffer): number | null {
  const wav = wavFormat(file.subarray(0, 64 * 1024));
  if (wav !== null) {
    // By the bytes that are there: a length in the header may be wrong, and is in streamed files.
    return Math.ceil((Math.max(0, file.length - wav.dataStart) * 1000) / wav.bytesPerSecond);
  }
  const told = flacMilliseconds(file) ?? oggMilliseconds(file) ?? mp4Milliseconds(file);
  if (told !== null) return Math.max(told, Math.ceil((file.length * 1000) / DENSEST_BYTES_PER_SECOND));
  return isMp3(file) ? mp3Milliseconds(file) : null;
}

function isMp3(file: Buffer): boolean {
  const start = mp3Start(file);
  return start > 0 || mp3Frame(file, 0) !== null;
}

/** STREAMINFO: sampling in 20 bits, samples in 36 (RFC 9639, 8.2); a stream that does not know its length says 0. */
function flacMilliseconds(file: Buffer): number | null {
  if (file.length < 42 || file.toString('latin1', 0, 4) !== 'fLaC') return null;
  const sampling = file.readUIntBE(18, 3) >> 4;
  const samples = ((file[21] ?? 0) & 0x0f) * 2 ** 32 + file.readUInt32BE(22);
  return sampling === 0 || samples === 0 ? null : Math.ceil((samples * 1000) / sampling);
}

/** The last page's position (RFC 3533, 6), in samples of 48 kHz for Opus (RFC 7845, 4), else of the head's own rate. */
function oggMilliseconds(file: Buffer): number | null {
  if (file.length < 64 || file.toString('latin1', 0, 4) !== 'OggS') return null;
  const isOpus = file.toString('latin1', 28, 36) === 'OpusHead';
  const isVorbis = file.toString('latin1', 29, 35) === 'vorbis';
  const sampling = isOpus ? 48_000 : isVorbis ? file.readUInt32LE(40) : 0;
  if (sampling === 0) return null;
  let position = 0n;
  let at = 0;
  for (let page = 0; page < PAGES_MAX && at + 27 <= file.length; page++) {
    if (file.toString('latin1', at, at + 4) !== 'OggS') break;
    const granule = file.readBigInt64LE(at + 6);
    if (granule > position) position = granule;
    const segments = file[at + 26] ?? 0;
    let length = 27 + segments;
    for (let segment = 0; segment < segments; segment++) length += file[at + 27 + segment] ?? 0;
    at += length;
  }
  const milliseconds = (position * 1000n) / BigInt(sampling) + 1n;
  // Chained or broken files: their pages end before the file does.
  return at < file.length || milliseconds > 1_000_000_000n ? null : Number(milliseconds);
}

/** `moov.mvhd` (ISO 14496-12, 8.2.2): a time scale and a length in it. */
function mp4Milliseconds(file: Buffer): number | null {
  if (file.toString('latin1', 4, 8) !== 'ftyp') return null;
  const movie = boxOf(file, 0, file.length, 'moov');
  const header = movie === null ? null : boxOf(file, movie.start, movie.end, 'mvhd');
  if (header === null || header.end - header.start < 32) return null;
  const isLong = file[header.start] === 1;
  const scale = file.readUInt32BE(header.start + (isLong ? 20 : 12));
  const length = isLong
    ? file.readUInt32BE(header.start + 24) * 2 ** 32 + file.readUInt32BE(header.start + 28)
    : file.readUInt32BE(header.start + 16);
  const milliseconds = Math.ceil((length * 1000) / scale);
  return scale === 0 || length === 0 || milliseconds > 1_000_000_000 ? null : milliseconds;
}

function boxOf(file: Buffer, from: number, to: number, name: string): { start: number; end: number } | null {
  let at = from;
  for (let box = 0; box < BOXES_MAX && at + 8 <= to; box++) {
    const short = file.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= to;
    const length = isLong ? file.readUInt32BE(at + 8) * 2 ** 32 + file.readUInt32BE(at + 12) : short;
    const end = length === 0 ? to : at + length;
    const start = at + (isLong ? 16 : 8);
    if (end < start || end > to) return null;
    if (file.toString('latin1', at + 4, at + 8) === name) return { start, end };
    at = end;
  }
  return null;
}

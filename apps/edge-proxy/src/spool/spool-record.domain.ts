import { crc32 } from 'node:zlib';

/** Length and CRC-32 of the payload, both 32 bits, little-endian. */
const HEAD_BYTES = 8;
/** An event is far smaller; a larger length is damage. */
const PAYLOAD_BYTES_MAX = 1024 * 1024;

/** One record of a segment: head and payload in one buffer. */
export function encodeRecord(payload: Buffer): Buffer {
  if (payload.length > PAYLOAD_BYTES_MAX)
    throw new RangeError(`a spool record of ${payload.length} bytes is too large`);
  const record = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(payload), 4);
  payload.copy(record, HEAD_BYTES);
  return record;
}

export interface DecodedSegment {
  readonly payloads: readonly Buffer[];
  /** Bytes up to the end of the last whole record; what follows was torn by a crash or a full disk. */
  readonly wholeBytes: number;
}

/** The whole records of a segment. It ends at the first record that is cut short or fails its checksum. */
export function decodeSegment(segment: Buffer): DecodedSegment {
  const payloads: Buffer[] = [];
  let offset = 0;
  while (offset + HEAD_BYTES <= segment.length) {
    const length = segment.readUInt32LE(offset);
    const end = offset + HEAD_BYTES + length;
    if (length > PAYLOAD_BYTES_MAX || end > segment.length) break;
    const payload = segment.subarray(offset + HEAD_BYTES, end);
    if (crc32(payload) !== segment.readUInt32LE(offset + 4)) break;
    payloads.push(payload);
    offset = end;
  }
  return { payloads, wholeBytes: offset };
}

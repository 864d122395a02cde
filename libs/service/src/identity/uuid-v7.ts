import { randomFillSync } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits, so ids sort by time. Clock and randomness may be
 * given by tests.
 */
export function uuidV7(
  nowMs: number = Date.now(),
  fill: (bytes: Buffer) => Uint8Array = (bytes) => randomFillSync(bytes),
): string {
  const bytes = Buffer.alloc(16);
  fill(bytes);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

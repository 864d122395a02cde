import type { Base64Reader } from './base64-reader.js';
import type { ImageSize } from './media-part.js';

/** Headers before the one with the size: metadata, colour profiles, a thumbnail. Real pictures have some twenty. */
const JPEG_SEGMENTS_MAX = 150;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Width and height by the header of a PNG, JPEG, GIF or WebP; null for anything else. Reads a few bytes, whatever the size.
 * Sources: PNG (W3C) 11.2.2, JPEG (ITU T.81) B.2, GIF89a 18, WebP (RFC 9649) 2.5 to 2.7.
 */
export function imageSize(payload: Base64Reader): ImageSize | null {
  const head = payload.at(0, 30);
  const size = head.length < 10 ? null : sizeOf(head, payload);
  return size !== null && size.width > 0 && size.height > 0 ? size : null;
}

function sizeOf(head: Buffer, payload: Base64Reader): ImageSize | null {
  if (head.subarray(0, 8).equals(PNG)) return png(head);
  if (head[0] === 0xff && head[1] === 0xd8) return jpeg(payload);
  const name = head.toString('latin1', 0, 4);
  if (name === 'GIF8') return { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  return name === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP' && head.length === 30 ? webp(head) : null;
}

function png(head: Buffer): ImageSize | null {
  return head.length < 24 ? null : { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** From marker to marker up to the frame's header. */
function jpeg(payload: Base64Reader): ImageSize | null {
  let offset = 2;
  for (let segment = 0; segment < JPEG_SEGMENTS_MAX; segment++) {
    const bytes = payload.at(offset, 9);
    const [first, marker] = bytes;
    if (bytes.length < 9 || first !== 0xff || marker === undefined) return null;
    if (isFrame(marker)) return { height: bytes.readUInt16BE(5), width: bytes.readUInt16BE(7) };
    if (marker === 0xff) offset += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) offset += 2;
    else offset += 2 + bytes.readUInt16BE(2);
  }
  return null;
}

/** SOF0 to SOF15; between them are tables (C4, C8, CC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function webp(head: Buffer): ImageSize | null {
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

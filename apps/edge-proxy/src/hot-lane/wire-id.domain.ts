import type { GenerationId } from '@apilink/contracts';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = Array.from({ length: 256 }, (_unused, byte) => byte.toString(16).padStart(2, '0'));

/** An id in both of its forms, made once per request: the codecs of the contracts cost more than the whole admission. */
export interface NewGenerationId {
  readonly id: GenerationId;
  /** `gen_` and 26 characters. */
  readonly wire: string;
}

/** A UUIDv7 (RFC 9562 §5.7) from a clock and 10 random bytes. */
export function newGenerationId(nowMs: number, random: Uint8Array): NewGenerationId {
  const bytes = uuidBytes(nowMs, random);
  const id = uuidText(bytes);
  if (!isGenerationId(id)) throw new Error(`invariant: ${id} is no UUID`);
  return { id, wire: `gen_${crockford(bytes)}` };
}

/** `req_` and 26 characters: tells one HTTP exchange in logs and to support. */
export function newRequestId(nowMs: number, random: Uint8Array): string {
  return `req_${crockford(uuidBytes(nowMs, random))}`;
}

function uuidBytes(nowMs: number, random: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  let high = Math.floor(nowMs / 0x1_0000_0000);
  let low = nowMs % 0x1_0000_0000;
  for (let index = 1; index >= 0; index--) {
    bytes[index] = high & 0xff;
    high >>>= 8;
  }
  for (let index = 5; index >= 2; index--) {
    bytes[index] = low & 0xff;
    low = Math.floor(low / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes;
}

function uuidText(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[index] ?? 0] ?? '';
  }
  return text;
}

/** 128 bits as 26 characters of five bits, the first of which holds three. */
function crockford(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 2;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += CROCKFORD.charAt((bits >>> bitCount) & 31);
      bits &= (1 << bitCount) - 1;
    }
  }
  return text;
}

function isGenerationId(text: string): text is GenerationId {
  return text.length === 36;
}

import type { GenerationId } from '@apilink/contracts';

import { InvariantError } from '../invariant.errors.js';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = Array.from({ length: 256 }, (_unused, byte) => byte.toString(16).padStart(2, '0'));

/** An id in both of its forms, made once per request: the codecs of the contracts cost more than the whole admission. */
export interface NewGenerationId {
  readonly id: GenerationId;
  /** `gen_` and 26 characters. */
  readonly wire: string;
}

/** Random bytes of one id. */
const RANDOM_BYTES = 10;
/** Asked of the system at once: a call for each of a request's ids costs as much as its authentication. */
const POOL_BYTES = 4_000;

/** Makes ids (UUIDv7, RFC 9562 §5.7) of a clock and a source of random bytes. */
export class IdSource {
  readonly #pool = new Uint8Array(POOL_BYTES);
  readonly #bytes = new Uint8Array(16);
  #used = POOL_BYTES;

  constructor(
    private readonly now: () => number,
    private readonly fill: (bytes: Uint8Array) => void,
  ) {}

  generation(): NewGenerationId {
    const bytes = this.#next();
    const id = uuidText(bytes);
    if (!isGenerationId(id)) throw new InvariantError(`${id} is no UUID`);
    return { id, wire: `gen_${crockford(bytes)}` };
  }

  /** `req_` and 26 characters: tells one HTTP exchange in logs and to support. */
  request(): string {
    return `req_${crockford(this.#next())}`;
  }

  /** A plain UUID, as events have it. */
  event(): string {
    return uuidText(this.#next());
  }

  #next(): Uint8Array {
    if (this.#used + RANDOM_BYTES > POOL_BYTES) {
      this.fill(this.#pool);
      this.#used = 0;
    }
    writeUuid(this.#bytes, this.now(), this.#pool, this.#used);
    this.#used += RANDOM_BYTES;
    return this.#bytes;
  }
}

function writeUuid(bytes: Uint8Array, nowMs: number, random: Uint8Array, from: number): void {
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
  for (let index = 0; index < RANDOM_BYTES; index++) bytes[6 + index] = random[from + index] ?? 0;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
}

function uuidText(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[index] ?? 0] ?? '';
  }
  return text;
}

/** Two characters for each ten bits. */
const PAIRS = Array.from(
  { length: 1024 },
  (_unused, bits) => CROCKFORD.charAt(bits >> 5) + CROCKFORD.charAt(bits & 31),
);

/** 128 bits, with two zero bits before them, as 26 characters of five bits. */
function crockford(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 2;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    if (bitCount >= 10) {
      bitCount -= 10;
      text += PAIRS[bits >>> bitCount] ?? '';
      bits &= (1 << bitCount) - 1;
    }
  }
  return text;
}

function isGenerationId(text: string): text is GenerationId {
  return text.length === 36;
}

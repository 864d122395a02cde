/** Taken once: in the context of a test, a global is looked up each time. */
const { ceil, floor, imul, log2, max } = Math;

const CHUNK = 1 << 14;

/**
 * States by the order in which they were first seen. Two are taken for one when 64 bits of their hashes agree: among ten
 * million states the odds are 1 in 370,000. What was expanded is forgotten but for how it was come to.
 */
export class SeenStates {
  count = 0;
  readonly #mask: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  #parents = new Uint32Array(1 << 16);
  #places = new Uint16Array(1 << 16);
  readonly #chunks: (Uint8Array | null)[] = [];
  #hashHigh = 0;
  #hashLow = 0;
  #currentHigh = 0;
  #currentLow = 0;

  constructor(
    private readonly size: number,
    statesMax: number,
  ) {
    const bits = max(16, ceil(log2(statesMax * 1.6)));
    this.#mask = 2 ** bits - 1;
    this.#high = new Uint32Array(2 ** bits);
    this.#low = new Uint32Array(2 ** bits);
  }

  /** The state's bytes; those of all chunks before may be forgotten then. */
  take(at: number): Uint8Array {
    const chunk = floor(at / CHUNK);
    if (at % CHUNK === 0 && chunk > 0) this.#chunks[chunk - 1] = null;
    const from = (at % CHUNK) * this.size;
    const bytes = this.#chunks[chunk]?.subarray(from, from + this.size);
    if (bytes === undefined) throw new Error(`state ${at} is forgotten`);
    this.#hash(bytes);
    this.#currentHigh = this.#hashHigh;
    this.#currentLow = this.#hashLow;
    return bytes;
  }

  /** A step that changes nothing. Also hashes the bytes for `add`. */
  isCurrent(bytes: Uint8Array): boolean {
    this.#hash(bytes);
    return this.#hashHigh === this.#currentHigh && this.#hashLow === this.#currentLow;
  }

  /** Adds it if it is new. */
  add(bytes: Uint8Array, parent: number, place: number): void {
    if (this.count === 0) this.#hash(bytes);
    if (!this.#insert()) return;
    if (this.count === this.#parents.length) this.#grow();
    const chunk = floor(this.count / CHUNK);
    const kept = (this.#chunks[chunk] ??= new Uint8Array(CHUNK * this.size));
    kept.set(bytes, (this.count % CHUNK) * this.size);
    this.#parents[this.count] = parent;
    this.#places[this.count] = place;
    this.count++;
  }

  /** Places of the steps that lead to a state. */
  pathTo(at: number): number[] {
    const places: number[] = [];
    for (let state = at; state > 0; state = this.#parents[state] ?? 0) places.unshift(this.#places[state] ?? 0);
    return places;
  }

  #insert(): boolean {
    for (let slot = this.#hashHigh & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (this.#low[slot] === 0) {
        this.#high[slot] = this.#hashHigh;
        this.#low[slot] = this.#hashLow;
        return true;
      }
      if (this.#high[slot] === this.#hashHigh && this.#low[slot] === this.#hashLow) return false;
    }
  }

  #grow(): void {
    const parents = new Uint32Array(this.count * 2);
    parents.set(this.#parents);
    this.#parents = parents;
    const places = new Uint16Array(this.count * 2);
    places.set(this.#places);
    this.#places = places;
  }

  /** Two 32-bit hashes of other kinds, mixed with each other; the low one is never 0. */
  #hash(bytes: Uint8Array): void {
    let [high, low] = [0x811c9dc5, 0x9747b28c];
    for (let at = 0; at < this.size; at++) {
      const value = (bytes[at] ?? 0) + 1;
      high = imul(high ^ value, 0x01000193);
      high ^= high >>> 15;
      low = imul(low + value, 0x85ebca6b);
      low ^= low >>> 13;
    }
    high = imul(high ^ (low >>> 16), 0xc2b2ae35);
    low = imul(low ^ (high >>> 13), 0x27d4eb2f);
    this.#hashHigh = (high ^ (high >>> 16)) >>> 0;
    this.#hashLow = (low ^ (low >>> 15)) >>> 0 || 1;
  }
}

/** Until an endpoint's speed is known, this is assumed to be the most it produces. */
export const TOP_TOKENS_PER_SECOND_UNKNOWN = 300;
const SAMPLES_MAX = 256;
/** A 99th percentile of fewer says nothing. */
const SAMPLES_LEAST = 100;
/** Shorter answers measure the network's chunks, not the model. */
const SAMPLE_MS_LEAST = 500;

/** Learns the 99th percentile of an endpoint's output tokens per second and choice (docs/money.md, Size of a hold). */
export class EndpointSpeed {
  readonly #samples: number[] = [];
  #next = 0;
  #top = TOP_TOKENS_PER_SECOND_UNKNOWN;

  get topTokensPerSecond(): number {
    return this.#top;
  }

  /** @param outputMs from dispatch to the end: hidden reasoning is output too. */
  learn(outputTokens: number, outputMs: number): void {
    if (outputMs < SAMPLE_MS_LEAST || outputTokens <= 0) return;
    this.#samples[this.#next] = (outputTokens * 1000) / outputMs;
    this.#next = (this.#next + 1) % SAMPLES_MAX;
    // Sorting 256 numbers once in a round of samples costs nothing; at every answer it would.
    if (this.#samples.length >= SAMPLES_LEAST && this.#next % 32 === 0) this.#top = this.#percentile99();
  }

  #percentile99(): number {
    const sorted = this.#samples.toSorted((one, other) => one - other);
    const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1);
    return Math.max(1, sorted[index] ?? TOP_TOKENS_PER_SECOND_UNKNOWN);
  }
}

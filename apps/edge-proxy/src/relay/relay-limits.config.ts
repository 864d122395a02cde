/** Time limits of relaying, in ms. Those of an endpoint come with the routing table. */
export interface RelayLimits {
  /** An answer that has not begun by then is committed with a keep-alive, so that no client gives up. */
  readonly commitMs: number;
  readonly keepAliveMs: number;
  /** How long the finishing chunk waits for the upstream's usage. */
  readonly usageMs: number;
  /** How long a full buffer may stand still before the reader counts as gone. */
  readonly stallMs: number;
  /** Until the first byte of a streamed answer, all attempts together. */
  readonly firstByteMs: number;
  /** How often running requests are looked at. */
  readonly sweepMs: number;
}

/** Sources: edge-api.md "Streams", routing.md "Trying", money.md "Outcome of a request" of the design. */
export const relayLimits: RelayLimits = {
  commitMs: 5_000,
  keepAliveMs: 10_000,
  usageMs: 2_000,
  stallMs: 60_000,
  firstByteMs: 30_000,
  sweepMs: 200,
};

/** What choosing needs to know of an endpoint; a published endpoint with a price has all of it. */
export interface CandidateEndpoint {
  readonly endpointId: string;
  readonly enabled: boolean;
  /** Share among endpoints of equal price; 0 = never first by weight, still a fallback. */
  readonly weight: number;
  readonly dialects: readonly string[];
  readonly capabilities: readonly string[];
  readonly contextLength: number;
  /** A score to compare endpoints by (see `blendedPrice`), never charged. */
  readonly price: number;
  /** The provider's id, in lower case. */
  readonly provider: string;
  readonly dataPolicy: DataPolicy;
  /** `fp8`, `bf16`, …; null when the provider does not tell. */
  readonly quantization: string | null;
  /** What the customer pays, in USD; only compared, never charged. */
  readonly asking: AskingPrice;
}

export interface DataPolicy {
  readonly training: boolean;
  readonly retentionDays: number;
}

/** USD per million tokens, per request, per picture. */
export interface AskingPrice {
  readonly prompt: number;
  readonly completion: number;
  readonly request: number;
  readonly image: number;
}

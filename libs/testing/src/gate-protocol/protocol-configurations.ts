/**
 * The worlds that are searched: one account with one key and one period, two edges, two or three generations whose holds
 * begin with 1 and grow by 1. What may go wrong has a budget each.
 */
export interface ProtocolConfiguration {
  /** The edge (0 or 1) of each generation. */
  readonly edges: readonly number[];
  readonly balance: number;
  readonly cap: number;
  /** How far a hold grows. */
  readonly holdMax: number;
  /** A request may cost nothing. */
  readonly mayCostNothing: boolean;
  /** Edges killed, with or without what they had to publish in their spool. */
  readonly crashes: number;
  /** An edge cut off from the gate for a while. */
  readonly cuts: number;
  /** The gate forgets everything. */
  readonly losses: number;
  /** Kafka appends and loses the acknowledgement; a batch is committed and its offset is not; a gate row comes again. */
  readonly repeats: number;
  /** Requests to the gate that arrive later, or never. */
  readonly delays: number;
  readonly topUps: number;
  /** Billing ends between its load and its second read. */
  readonly loadCrashes: number;
  /** A refund with a hold of its own in the gate. */
  readonly refunds: boolean;
  /** A replica that lags takes over. */
  readonly failsOver: boolean;
  /** The gate knows the account from the start. */
  readonly startsLoaded: boolean;
  /** Events that wait in the log, rows that wait for the gate: bounds of the world. */
  readonly logMax: number;
  readonly outboxMax: number;
}

export const NO_CAP = 99;

const calm: ProtocolConfiguration = {
  edges: [0, 1],
  balance: 2,
  cap: NO_CAP,
  holdMax: 2,
  mayCostNothing: false,
  crashes: 0,
  cuts: 0,
  losses: 0,
  repeats: 0,
  delays: 0,
  topUps: 0,
  loadCrashes: 0,
  refunds: false,
  failsOver: false,
  startsLoaded: true,
  logMax: 5,
  outboxMax: 3,
};

export const protocolConfigurations = {
  ordinary: { ...calm, repeats: 1, delays: 1, crashes: 1, topUps: 1, mayCostNothing: true },
  threeRequests: { ...calm, edges: [0, 1, 1], holdMax: 1, repeats: 1, crashes: 1, logMax: 6 },
  delayed: { ...calm, holdMax: 3, balance: 4, delays: 1, repeats: 1 },
  cutOff: { ...calm, cuts: 1, repeats: 1, topUps: 1 },
  crashAndCut: { ...calm, cuts: 1, crashes: 1 },
  capped: { ...calm, balance: 6, cap: 2, repeats: 1, crashes: 1, cuts: 1 },
  lost: { ...calm, losses: 1, repeats: 1 },
  lostAndDelayed: { ...calm, losses: 1, delays: 1 },
  lostAndCapped: { ...calm, balance: 6, cap: 2, losses: 1 },
  lostWhileLoading: { ...calm, losses: 1, loadCrashes: 1, topUps: 1 },
  lostAndCrashed: { ...calm, losses: 1, crashes: 1 },
  lostAndCut: { ...calm, losses: 1, cuts: 1, holdMax: 1 },
  lostTwiceAndCut: { ...calm, balance: 1, holdMax: 1, losses: 2, cuts: 1 },
  cold: { ...calm, startsLoaded: false, losses: 1, loadCrashes: 1, holdMax: 1 },
  refunded: { ...calm, refunds: true, losses: 1, holdMax: 1 },
  refundedAndCrashed: { ...calm, refunds: true, crashes: 1, cuts: 1, holdMax: 1 },
  failedOver: { ...calm, failsOver: true, holdMax: 1 },
  failedOverAndRefunded: { ...calm, failsOver: true, refunds: true, holdMax: 1 },
  failedOverAndCrashed: { ...calm, failsOver: true, crashes: 1, holdMax: 1 },
} as const satisfies Record<string, ProtocolConfiguration>;

export type ProtocolConfigurationName = keyof typeof protocolConfigurations;

export function isConfigurationName(name: string): name is ProtocolConfigurationName {
  return Object.hasOwn(protocolConfigurations, name);
}

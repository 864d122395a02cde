import type {
  AdmitReply,
  CapFigures,
  GateAccountView,
  GateBalance,
  GateFigures,
  GateKey,
  GateWorkspace,
  ListedHold,
  PeriodSpend,
  ReadReply,
  Refusal,
  ReserveReply,
  ResizeReply,
} from './hold-store.js';

/**
 * What goes to the gate's SQL functions and comes back: the port's own types and names as JSON, each amount as a decimal
 * string.
 */
export type Wire<Value> = Value extends bigint
  ? string
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly Wire<Item>[]
      : { readonly [Name in keyof Value]: Wire<Value[Name]> };

/** JSON with each bigint as a decimal string. */
export function encode(value: object): string {
  return JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}

export function decodeAdmitReply(wire: Wire<AdmitReply>): AdmitReply {
  if (wire.outcome === 'granted') {
    return { ...wire, grantedNanoUsd: BigInt(wire.grantedNanoUsd), left: decodeFigures(wire.left) };
  }
  if (wire.outcome === 'refused') {
    return { ...wire, refusal: decodeRefusal(wire.refusal), left: decodeFigures(wire.left) };
  }
  return wire;
}

function decodeRefusal(wire: Wire<Refusal>): Refusal {
  return 'availableNanoUsd' in wire ? { ...wire, availableNanoUsd: BigInt(wire.availableNanoUsd) } : wire;
}

export function decodeResizeReply(wire: Wire<ResizeReply>): ResizeReply {
  if (wire.outcome !== 'resized') return wire;
  return { ...wire, grantedNanoUsd: BigInt(wire.grantedNanoUsd), left: decodeFigures(wire.left) };
}

export function decodeReserveReply(wire: Wire<ReserveReply>): ReserveReply {
  return wire.outcome === 'reserved' ? { ...wire, grantedNanoUsd: BigInt(wire.grantedNanoUsd) } : wire;
}

export function decodeReadReply(wire: Wire<ReadReply>): ReadReply {
  if (wire.outcome !== 'read') return wire;
  const spent = wire.keySpentNanoUsd;
  return {
    ...wire,
    left: decodeFigures(wire.left),
    key: decodeKey(wire.key),
    keySpentNanoUsd: {
      total: BigInt(spent.total),
      day: BigInt(spent.day),
      week: BigInt(spent.week),
      month: BigInt(spent.month),
    },
    keyHeldNanoUsd: BigInt(wire.keyHeldNanoUsd),
  };
}

export function decodeView(wire: Wire<GateAccountView>): GateAccountView {
  return {
    ...wire,
    balance: decodeBalance(wire.balance),
    workspaces: wire.workspaces.map(decodeWorkspace),
    keys: wire.keys.map(decodeKey),
    periods: wire.periods.map(decodePeriod),
    heldNanoUsd: BigInt(wire.heldNanoUsd),
    holds: wire.holds.map(decodeHold),
    heldByPeriod: wire.heldByPeriod.map((held) => ({ ...held, heldNanoUsd: BigInt(held.heldNanoUsd) })),
  };
}

export function decodeHold(wire: Wire<ListedHold>): ListedHold {
  return { ...wire, amountNanoUsd: BigInt(wire.amountNanoUsd) };
}

function decodeFigures(wire: Wire<GateFigures>): GateFigures {
  return {
    postedNanoUsd: BigInt(wire.postedNanoUsd),
    heldNanoUsd: BigInt(wire.heldNanoUsd),
    creditedNanoUsd: BigInt(wire.creditedNanoUsd),
    spentNanoUsd: BigInt(wire.spentNanoUsd),
    keyCapRemainingNanoUsd: amountOrNull(wire.keyCapRemainingNanoUsd),
    caps: {
      daily: decodeCap(wire.caps.daily),
      weekly: decodeCap(wire.caps.weekly),
      monthly: decodeCap(wire.caps.monthly),
      workspace: decodeCap(wire.caps.workspace),
    },
    requests: wire.requests,
    tokens: wire.tokens,
    concurrencyRemaining: wire.concurrencyRemaining,
  };
}

function decodeCap(wire: Wire<CapFigures> | null): CapFigures | null {
  if (wire === null) return null;
  return { limitNanoUsd: BigInt(wire.limitNanoUsd), remainingNanoUsd: BigInt(wire.remainingNanoUsd) };
}

function decodeBalance(wire: Wire<GateBalance>): GateBalance {
  return {
    ...wire,
    postedNanoUsd: BigInt(wire.postedNanoUsd),
    creditedNanoUsd: BigInt(wire.creditedNanoUsd),
    spentNanoUsd: BigInt(wire.spentNanoUsd),
  };
}

function decodeWorkspace(wire: Wire<GateWorkspace>): GateWorkspace {
  return { ...wire, monthlyBudgetNanoUsd: amountOrNull(wire.monthlyBudgetNanoUsd) };
}

function decodeKey(wire: Wire<GateKey>): GateKey {
  return {
    ...wire,
    dailyCapNanoUsd: amountOrNull(wire.dailyCapNanoUsd),
    weeklyCapNanoUsd: amountOrNull(wire.weeklyCapNanoUsd),
    monthlyCapNanoUsd: amountOrNull(wire.monthlyCapNanoUsd),
  };
}

function decodePeriod(wire: Wire<PeriodSpend>): PeriodSpend {
  return { ...wire, spentNanoUsd: BigInt(wire.spentNanoUsd) };
}

function amountOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

import type { ResizeRequest } from './hold-store.js';
import type { MemoryHold } from './memory-account.js';

/** What a reservation had too much is given back for so long; later its bucket has refilled by itself. */
const TOKENS_BACK_MS = 60_000;

/** The hold after a resize that is not frozen: growth as far as there is room, lower only when final. */
export function resizedAmount(hold: MemoryHold, request: ResizeRequest, room: bigint): bigint {
  const growth = request.targetNanoUsd - hold.amountNanoUsd;
  if (growth > 0n) return hold.amountNanoUsd + higher(lower(growth, room), 0n);
  return request.final ? request.targetNanoUsd : hold.amountNanoUsd;
}

/** The tokens that the hold has reserved or used after a resize. */
export function tokensAfter(hold: MemoryHold, request: ResizeRequest, nowMs: number): number {
  const tokens = request.tokens ?? hold.tokens;
  if (tokens > hold.tokens) return tokens;
  return request.final && nowMs - hold.tokensAt < TOKENS_BACK_MS ? tokens : hold.tokens;
}

export function lower(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

export function higher(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

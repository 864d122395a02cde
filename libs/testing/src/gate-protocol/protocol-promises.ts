import type { ProtocolGate } from './protocol-gate.js';
import { closeOf } from './protocol-gate.js';
import { NO_CAP, type ProtocolConfiguration } from './protocol-configurations.js';
import type { ProtocolRulesInForce } from './protocol-rules.js';
import type { ProtocolState } from './protocol-state.js';

/** Taken once: in the context of a test, a global is looked up each time. */
const { min } = Math;

/** The promise that a state breaks, or ''. Figures within it stand as they are. */
export function brokenPromise(
  state: ProtocolState,
  gate: ProtocolGate,
  { rules, configuration }: { rules: ProtocolRulesInForce; configuration: ProtocolConfiguration },
): string {
  return overAdmission(state, gate, { rules, configuration }) || deductedTwice(state, configuration);
}

/** What the gate would still give away is never more than what is truly free. */
function overAdmission(
  state: ProtocolState,
  gate: ProtocolGate,
  { rules, configuration }: { rules: ProtocolRulesInForce; configuration: ProtocolConfiguration },
): string {
  if (!gate.isOpen(state)) return '';
  const [available, capLeft] = [gate.available(state), gate.capLeft(state)];
  if (min(available, capLeft) <= 0) return '';
  let owed = 0;
  for (const { ledger, amount, confirmedAgo, lateGranted } of state.generations) {
    const isRunning = ledger === 'unknown' || ledger === 'open';
    if (isRunning && (confirmedAgo === 0 || !rules.finalEpoch)) owed += amount;
    owed += lateGranted ?? 0;
  }
  const refunding = state.refund === 'held' || state.isRefundGranted ? 1 : 0;
  const free = state.posted - owed - refunding;
  if (available > free) return `the gate gives away ${available} where ${free} is free`;
  const freeOfCap = configuration.cap - state.spent - owed;
  if (configuration.cap < NO_CAP && capLeft > freeOfCap) {
    return `the gate gives away ${capLeft} of a cap that leaves ${freeOfCap}`;
  }
  return '';
}

/** While nothing was lost and nobody was cut off, no charge is in the balance before its hold has gone. */
function deductedTwice(state: ProtocolState, configuration: ProtocolConfiguration): string {
  const isCalm =
    state.losses === configuration.losses && !configuration.failsOver && configuration.startsLoaded && state.cuts === 0;
  if (!isCalm || state.gate.version !== state.version) return '';
  for (const [index, { ledger }] of state.generations.entries()) {
    const hasEnded = ledger === 'settled' || ledger === 'expired';
    const waits = state.outbox.some((row) => (row.holds & closeOf.hold(index)) !== 0);
    if (state.gate.hold(index).isListed && hasEnded && waits) return 'a charge and its hold are both deducted';
  }
  return '';
}

/** What is wrong with a world that has come to rest: no step but faults and new requests is left. */
export function stuckPromise(state: ProtocolState): string {
  for (const [index, { phase, ledger }] of state.generations.entries()) {
    const hold = state.gate.hold(index);
    if (hold.isListed || hold.lateHeld !== null) return 'stuck: a hold stays in the gate for ever';
    if (ledger === 'open') return 'stuck: a hold stays open in the ledger for ever';
    if (ledger === 'claimed') return 'stuck: a late settlement waits for ever';
    if (phase === 'published' && (ledger === 'unknown' || ledger === 'expired'))
      return 'a completed request is not charged';
    if (phase === 'asked' || phase === 'running' || phase === 'final') return 'stuck: an edge waits for ever';
  }
  if (state.gate.refundHold !== null) return 'stuck: the hold of a refund';
  if (!state.gate.isLoaded) return 'stuck: the account is not loaded';
  if (state.gate.posted !== state.posted || state.gate.spent !== state.spent)
    return 'at rest the gate differs from the ledger';
  return '';
}

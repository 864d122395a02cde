import { closeOf } from './protocol-gate.js';
import { LONG_AGO, type LedgerRow, type ProtocolState } from './protocol-state.js';
import { eventOf, indexOfEvent, type ProtocolStepper } from './protocol-stepper.js';

/** Taken once: in the context of a test, a global is looked up each time. */
const { min } = Math;

/** Loss, failover, epochs, comparison, loads and refunds: what billing does to the gate as a whole. */
export function lossSteps(stepper: ProtocolStepper): void {
  faultSteps(stepper);
  epochSteps(stepper);
  comparisonSteps(stepper);
  loadSteps(stepper);
  if (stepper.configuration.refunds) refundSteps(stepper);
}

function faultSteps(stepper: ProtocolStepper): void {
  const { now } = stepper;
  if (now.losses > 0) {
    const next = stepper.draft();
    next.losses--;
    next.gate.forget();
    next.gateStanding = 'lost';
    stepper.take('the gate is lost', false);
  }
  if (now.replica === null) return;
  if (now.replicaStage === 'none') {
    const next = stepper.draft();
    next.replicaStage = 'copied';
    next.replica?.copy(now.gate);
    stepper.take('the replica has got this far', false);
  }
  if (now.replicaStage === 'copied') {
    const next = stepper.draft();
    next.gate.copy(now.replica);
    for (const [index, hold] of next.gate.holds.entries()) {
      if (!hold.isListed) continue;
      // Time has passed for the replica too.
      const present = now.gate.hold(index);
      hold.isExpired ||= present.isExpired;
      hold.finalWasInLog ||= present.finalWasInLog;
      hold.edgeLived ||= present.edgeLived;
    }
    next.replica?.forget();
    next.replicaStage = 'used';
    next.gateStanding = 'lost';
    next.awaitsComparison = true;
    stepper.take('the replica takes over', false);
  }
}

function epochSteps(stepper: ProtocolStepper): void {
  const { now } = stepper;
  if (now.gateStanding === 'lost') {
    beginEpoch(stepper, stepper.draft());
    stepper.take('billing begins an epoch', true);
  }
  if (now.gateStanding === 'quiet' && now.generations.every((_generation, index) => hasRenewed(stepper, index))) {
    stepper.draft().gateStanding = 'open';
    stepper.take('the quiet interval is over', true);
  }
}

/** What was confirmed is of an epoch before now; marks, loads and grants to billing are of no use any more. */
function beginEpoch({ rules }: ProtocolStepper, next: ProtocolState): void {
  next.gateStanding = 'quiet';
  next.log = next.log.map((event) =>
    event === eventOf.final(indexOfEvent(event)) ? eventOf.olderFinal(indexOfEvent(event)) : event,
  );
  if (next.message !== null) {
    next.message = { ...next.message, confirmedAgo: min(LONG_AGO, next.message.confirmedAgo + 1) };
  }
  if (rules.epochFirst) dropLoad(next);
  if (rules.epochGuard) next.isRefundGranted = false;
  for (const [index, generation] of next.generations.entries()) {
    generation.confirmedAgo = min(LONG_AGO, generation.confirmedAgo + 1);
    if (rules.epochGuard) generation.lateGranted = null;
    if (!rules.reaperMarks) continue;
    generation.isReaping = false;
    generation.fence = 0;
    next.gate.hold(index).isMarked = false;
  }
}

/** The interval is long enough for every edge that lives. */
function hasRenewed(stepper: ProtocolStepper, index: number): boolean {
  const { now, rules } = stepper;
  const { phase, amount, confirmedAgo } = now.generation(index);
  const { isEnded, isListed, amount: held } = now.gate.hold(index);
  const renews = rules.renews && (phase === 'running' || phase === 'final') && stepper.lives(index);
  const isBelieved = confirmedAgo < LONG_AGO || !rules.renewalEpoch;
  return !renews || !isBelieved || amount === 0 || isEnded || (isListed && held >= amount);
}

/** After a change of role: the gate is told the newest, what has ended is closed, what is open is restored. */
function comparisonSteps(stepper: ProtocolStepper): void {
  const { now, gate, rules } = stepper;
  if (!now.awaitsComparison || now.gateStanding === 'lost' || (rules.comparisonQuiet && now.loadStage !== 'none'))
    return;
  const next = stepper.draft();
  next.awaitsComparison = false;
  if (next.gate.isLoaded) {
    gate.tell(next, next);
    closeEnded(stepper, next);
    for (const [index, { ledger }] of next.generations.entries()) {
      const hold = next.gate.hold(index);
      if (rules.comparisonQuiet && !hold.isListed && !hold.isEnded && ledger === 'open') hold.list(1);
    }
  }
  if (rules.comparisonQuiet && next.refund === 'held' && !next.gate.isRefundEnded) next.gate.refundHold = 1;
  stepper.take('billing compares', true);
}

/** A load waits for the consumer, reads, writes, and reads again. */
function loadSteps(stepper: ProtocolStepper): void {
  const { now, gate } = stepper;
  if (now.loadStage === 'none' && !now.gate.isLoaded && gate.answers(now)) {
    const next = stepper.draft();
    next.loadStage = 'fenced';
    next.loadFence = now.log.length;
    stepper.take('load waits for the consumer', true);
  }
  if (now.loadStage === 'fenced' && now.loadFence === 0) {
    const next = stepper.draft();
    next.loadStage = 'read';
    next.reading = readLedger(now);
    stepper.take('load reads', true);
  }
  if (now.loadStage === 'read' && now.reading !== null) {
    const next = stepper.draft();
    if (!gate.answers(now)) {
      dropLoad(next);
      stepper.take('load is refused', true);
    } else if (next.gate.isLoaded) {
      dropLoad(next);
      stepper.take('load finds the account', true);
    } else {
      writeLoad(stepper, next, now.reading);
      stepper.take('load writes', true);
    }
  }
  if (now.loadStage === 'written' && gate.answers(now)) {
    const next = stepper.draft();
    if (next.gate.isLoaded) {
      gate.tell(next, next);
      closeEnded(stepper, next);
    }
    dropLoad(next);
    stepper.take('load reads again', true);
    if (now.loadCrashes > 0) {
      const crashed = stepper.draft();
      crashed.loadCrashes--;
      dropLoad(crashed);
      stepper.take('billing ends before its load reads again', false);
    }
  }
}

function readLedger({ posted, version, spent, generations, refund }: ProtocolState): LedgerRow {
  let holds = refund === 'held' ? closeOf.refund : 0;
  for (const [index, { ledger }] of generations.entries()) if (ledger === 'open') holds |= closeOf.hold(index);
  return { posted, version, spent, holds };
}

/** What edges have renewed meanwhile stays, and what the gate was told meanwhile is newer. */
function writeLoad({ gate, rules }: ProtocolStepper, next: ProtocolState, reading: LedgerRow): void {
  gate.tell(next, { ...reading, spent: rules.periodsLoaded ? reading.spent : 0 });
  for (const [index, hold] of next.gate.holds.entries()) {
    const isOpen = (reading.holds & closeOf.hold(index)) !== 0;
    if (isOpen && !hold.isListed && !hold.isEnded) hold.list(1);
  }
  if ((reading.holds & closeOf.refund) !== 0 && !next.gate.isRefundEnded) next.gate.refundHold = 1;
  next.gate.isLoaded = true;
  next.loadStage = 'written';
  next.reading = null;
}

function dropLoad(next: ProtocolState): void {
  next.loadStage = 'none';
  next.loadFence = 0;
  next.reading = null;
}

function closeEnded({ gate, rules }: ProtocolStepper, next: ProtocolState): void {
  for (const [index, { ledger }] of next.generations.entries()) {
    const hold = next.gate.hold(index);
    if (hold.isListed && ledger !== 'unknown' && ledger !== 'open') gate.close(hold);
    if (ledger === 'late_settled') hold.lateHeld = null;
  }
  if (next.refund === 'posted' || next.refund === 'voided') next.gate.endRefund(rules.tombstones);
}

/** A row first, then a hold in the gate, then posted or voided by the refund's own states alone. */
function refundSteps(stepper: ProtocolStepper): void {
  const { now, gate } = stepper;
  if (now.refund === 'none') {
    stepper.draft().refund = 'requested';
    stepper.take('refund is requested', false);
  }
  if (now.refund === 'requested' && !now.isRefundGranted && (now.gate.refundHold !== null || gate.isOpen(now))) {
    const next = stepper.draft();
    if (now.gate.refundHold !== null || gate.available(now) >= 1) {
      next.gate.refundHold ??= 1;
      next.isRefundGranted = true;
      stepper.take('refund takes its hold', true);
    } else {
      next.refund = 'voided';
      stepper.take('refund is refused', true);
    }
  }
  if (now.refund === 'requested' && now.isRefundGranted) {
    const next = stepper.draft();
    next.refund = 'held';
    next.isRefundGranted = false;
    stepper.take('refund commits its hold', true);
  }
  if (now.refund === 'held') refundEnds(stepper);
}

function refundEnds(stepper: ProtocolStepper): void {
  const posted = stepper.draft();
  if (posted.posted < 1) stepper.violation = 'a refund posts below zero';
  posted.posted--;
  posted.refund = 'posted';
  if (stepper.tellLater(posted, closeOf.refund)) stepper.take('refund is posted', true);
  stepper.violation = '';
  const voided = stepper.draft();
  voided.refund = 'voided';
  if (stepper.tellLater(voided, closeOf.refund)) stepper.take('refund is voided', true);
}

import { closeOf } from './protocol-gate.js';
import type { ProtocolState } from './protocol-state.js';
import { eventOf, hasFinal, indexOfEvent, type ProtocolStepper } from './protocol-stepper.js';

/** Taken once: in the context of a test, a global is looked up each time. */
const { max, min } = Math;

/** Settlement, late settlement, top-up and the gate writer. */
export function billingSteps(stepper: ProtocolStepper): void {
  for (let count = 1; count <= stepper.now.log.length; count++) consumptionSteps(stepper, count);
  for (let index = 0; index < stepper.generations; index++) lateSteps(stepper, index);
  if (stepper.now.topUps > 0) {
    const next = stepper.draft();
    next.topUps--;
    next.posted++;
    if (stepper.tellLater(next, 0)) stepper.take('top up', false);
  }
  writerSteps(stepper);
}

/** One transaction for a batch; its offset may not be moved, and then it comes again. */
function consumptionSteps(stepper: ProtocolStepper, count: number): void {
  const { now } = stepper;
  const next = stepper.draft();
  let closes = 0;
  for (const event of now.log.slice(0, count)) closes |= settle(stepper, next, event);
  if (stepper.violation === '' && closes !== 0 && !stepper.tellLater(next, closes)) return;
  const { violation } = stepper;
  if (now.repeats > 0 && violation === '') {
    next.repeats--;
    stepper.take('consume, offset not moved', false, count);
    next.repeats++;
  }
  stepper.violation = violation;
  next.log = next.log.slice(count);
  for (const generation of next.generations) generation.fence = max(0, generation.fence - count);
  next.loadFence = max(0, next.loadFence - count);
  stepper.take('consume', true, count);
}

/** Returns the holds that it ends. */
function settle(stepper: ProtocolStepper, next: ProtocolState, event: number): number {
  const index = indexOfEvent(event);
  const generation = next.generation(index);
  const { ledger, amount } = generation;
  if (event === eventOf.opened(index)) {
    if (ledger === 'unknown') generation.ledger = 'open';
    return 0;
  }
  const isRunning = ledger === 'unknown' || ledger === 'open';
  const isOfThisEpoch = event === eventOf.final(index) || !stepper.rules.finalEpoch;
  if (isRunning && isOfThisEpoch) {
    if (amount > next.posted) {
      stepper.violation = 'an ordinary settlement is written off: posted would be below zero';
      return 0;
    }
    post(stepper, next, amount, 'a settlement');
    generation.ledger = 'settled';
    return closeOf.hold(index);
  }
  if (!isRunning && ledger !== 'expired') return 0;
  if (!stepper.rules.lateThroughGate) {
    post(stepper, next, lateOnSight(stepper, next, amount), 'a late settlement');
    generation.ledger = 'late_settled';
    return closeOf.hold(index);
  }
  generation.ledger = amount > 0 ? 'claimed' : 'late_settled';
  return closeOf.hold(index);
}

/** What a billing that does not ask the gate believes to be free. */
function lateOnSight({ gate }: ProtocolStepper, state: ProtocolState, amount: number): number {
  const open = state.generations.filter(({ ledger }) => ledger === 'open').length;
  const free = state.gate.isLoaded ? gate.available(state) : state.posted - open;
  return max(0, min(amount, free, state.posted));
}

function post(stepper: ProtocolStepper, state: ProtocolState, amount: number, by: string): void {
  state.posted -= amount;
  state.spent += amount;
  if (state.spent > stepper.configuration.cap) stepper.violation = `the cap is exceeded by ${by}`;
}

function lateSteps(stepper: ProtocolStepper, index: number): void {
  const { now, gate } = stepper;
  const { ledger, lateGranted, amount } = now.generation(index);
  if (ledger !== 'claimed') return;
  if (lateGranted === null && gate.isOpen(now)) {
    const next = stepper.draft();
    const hold = next.gate.hold(index);
    hold.lateHeld ??= max(0, min(amount, gate.room(now)));
    next.generation(index).lateGranted = hold.lateHeld;
    stepper.take('late settlement reserves', true, index, hold.lateHeld);
  }
  if (lateGranted === null) return;
  const next = stepper.draft();
  next.generation(index).lateGranted = null;
  next.generation(index).ledger = 'late_settled';
  if (lateGranted > next.posted) stepper.violation = 'a late settlement is written off that the gate granted';
  post(stepper, next, lateGranted, 'a late settlement');
  if (stepper.tellLater(next, closeOf.hold(index) | closeOf.late(index))) {
    stepper.take('late settlement commits', true, index, lateGranted);
  }
  stepper.violation = '';
}

/** Rows in their order, each applied and then forgotten; one that was applied may come again. */
function writerSteps(stepper: ProtocolStepper): void {
  const { now, gate, rules } = stepper;
  if (!gate.answers(now)) return;
  const [row] = now.outbox;
  if (row !== undefined) {
    const holds = row.holds & 7;
    const first = holds & -holds;
    if (holds !== first && !(rules.closesWithItsBalance && rules.balanceWithItsCloses)) {
      const next = stepper.draft();
      if (rules.closesWithItsBalance) gate.closeAll(next, first);
      else gate.apply(next, row, first);
      next.outbox = [{ ...row, holds: row.holds & ~first }, ...next.outbox.slice(1)];
      stepper.take('tell the gate one end of several', true, first);
    } else {
      const next = stepper.draft();
      gate.apply(next, row);
      next.outbox = next.outbox.slice(1);
      stepper.take('tell the gate', true);
      if (now.repeats > 0 && now.stale === null) {
        next.repeats--;
        next.stale = row;
        stepper.take('tell the gate, a copy stays on its way', false);
      }
    }
  }
  if (now.stale !== null) {
    const next = stepper.draft();
    gate.apply(next, now.stale);
    next.stale = null;
    stepper.take('copy of a row arrives', true);
  }
}

/** Expiry by the gate's clock, and the reaper. */
export function reaperSteps(stepper: ProtocolStepper): void {
  for (let index = 0; index < stepper.generations; index++) {
    expirySteps(stepper, index);
    markSteps(stepper, index);
    unlistedSteps(stepper, index);
    endSteps(stepper, index);
  }
}

function expirySteps(stepper: ProtocolStepper, index: number): void {
  const { now, rules } = stepper;
  const { isListed, isExpired } = now.gate.hold(index);
  const lives = stepper.lives(index);
  if (!isListed || isExpired || (lives && rules.renews)) return;
  const hold = stepper.draft().gate.hold(index);
  hold.isExpired = true;
  hold.finalWasInLog = hasFinal(now, index);
  hold.edgeLived = lives;
  stepper.take('hold expires', true, index);
}

function markSteps(stepper: ProtocolStepper, index: number): void {
  const { now, rules } = stepper;
  const { isListed, isExpired } = now.gate.hold(index);
  const { isReaping, ledger } = now.generation(index);
  // In the interval nothing has expired: its edge may be about to renew it.
  const mayMark = now.gate.isLoaded && now.gateStanding === 'open';
  if (!isListed || !isExpired || isReaping || !mayMark) return;
  const hasEnded = ledger !== 'unknown' && ledger !== 'open';
  if (hasEnded && (!rules.endedListed || stepper.isToldOf(now, closeOf.hold(index)))) return;
  const next = stepper.draft();
  awaitFence(stepper, next, index);
  next.gate.hold(index).isMarked = rules.reaperMarks;
  stepper.take('reaper marks', true, index);
}

function unlistedSteps(stepper: ProtocolStepper, index: number): void {
  const { now, gate, rules } = stepper;
  const { ledger, isReaping } = now.generation(index);
  const { isListed, isEnded } = now.gate.hold(index);
  const looks = now.gate.isLoaded && now.gateStanding === 'open' && !now.awaitsComparison;
  if (!rules.openUnlisted || ledger !== 'open' || isListed || isReaping || !looks) return;
  const next = stepper.draft();
  if (isEnded) {
    awaitFence(stepper, next, index);
    stepper.take('reaper finds a tombstone', true, index);
  } else if (gate.room(now) >= 1 || !rules.finalEpoch) {
    next.gate.hold(index).list(1);
    stepper.take('reaper restores', true, index);
  } else {
    gate.close(next.gate.hold(index));
    awaitFence(stepper, next, index);
    stepper.take('reaper cannot restore', true, index);
  }
}

function awaitFence({ rules, now }: ProtocolStepper, next: ProtocolState, index: number): void {
  const generation = next.generation(index);
  generation.isReaping = true;
  generation.fence = rules.reaperFence ? now.log.length : 0;
}

function endSteps(stepper: ProtocolStepper, index: number): void {
  const { now, rules } = stepper;
  const { isReaping, fence, ledger } = now.generation(index);
  if (!isReaping || fence > 0) return;
  const next = stepper.draft();
  const generation = next.generation(index);
  generation.isReaping = false;
  if (ledger === 'unknown' || ledger === 'open') {
    generation.ledger = 'expired';
    stepper.violation = expiryViolation(stepper, index);
    if (stepper.tellLater(next, closeOf.hold(index))) stepper.take('reaper ends', true, index);
    stepper.violation = '';
  } else if (!rules.endedListed || stepper.tellLater(next, closeOf.hold(index), false)) {
    stepper.take('reaper finds it ended', true, index);
  }
}

function expiryViolation(stepper: ProtocolStepper, index: number): string {
  const { isListed, isExpired, edgeLived, finalWasInLog } = stepper.now.gate.hold(index);
  if (edgeLived) return 'a hold expires while its edge lives and is connected';
  if (finalWasInLog) return 'a hold expires although its final was in the log before';
  if (isListed && !isExpired && stepper.lives(index)) return 'a hold expires although its edge has renewed it';
  return '';
}

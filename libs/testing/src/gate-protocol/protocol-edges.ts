import { LONG_AGO, type ProtocolState } from './protocol-state.js';
import { eventOf, hasFinal, type ProtocolStepper } from './protocol-stepper.js';

/** Taken once: in the context of a test, a global is looked up each time. */
const { min } = Math;

/** What the two edges do: admit, grow, finish, renew and publish, and what befalls them. */
export function edgeSteps(stepper: ProtocolStepper): void {
  for (let index = 0; index < stepper.generations; index++) {
    const { phase } = stepper.now.generation(index);
    if ((phase === 'new' || phase === 'asked') && stepper.reaches(index)) admissionSteps(stepper, index);
    if (phase === 'running') runningSteps(stepper, index);
    if (phase === 'running' || phase === 'final') renewalSteps(stepper, index);
    publicationSteps(stepper, index);
  }
  messageSteps(stepper);
  for (const edge of [0, 1] as const) faultSteps(stepper, edge);
}

function admissionSteps(stepper: ProtocolStepper, index: number): void {
  const { now, gate } = stepper;
  const isRepeated = now.generation(index).phase === 'asked';
  const next = stepper.draft();
  const answer = gate.admit(next, index);
  if (answer === 'granted') {
    confirm(next, index, 1);
    next.generation(index).phase = 'running';
    stepper.take('admit', isRepeated, index);
    if (!isRepeated) {
      const unanswered = stepper.draft();
      gate.admit(unanswered, index);
      unanswered.generation(index).phase = 'asked';
      stepper.take('admit, answer lost', false, index);
    }
  } else if (answer === 'gone' && isRepeated) {
    next.generation(index).phase = 'refused';
    stepper.take('admit is gone', true, index);
  }
  if (!isRepeated && canDelay(now)) {
    const later = delayed(stepper, 'admit', index, 0);
    later.generation(index).phase = 'asked';
    stepper.take('admit, delayed', false, index);
  }
  if (isRepeated) {
    const released = stepper.draft();
    gate.close(released.gate.hold(index));
    released.generation(index).phase = 'refused';
    stepper.take('release', true, index);
  }
}

function runningSteps(stepper: ProtocolStepper, index: number): void {
  const { now, configuration } = stepper;
  const { amount } = now.generation(index);
  if (amount < configuration.holdMax && stepper.reaches(index)) growthSteps(stepper, index, amount + 1);
  const most = min(configuration.holdMax, amount + 1);
  for (let metered = configuration.mayCostNothing ? 0 : 1; metered <= most; metered++) {
    finishSteps(stepper, index, metered);
  }
}

function growthSteps(stepper: ProtocolStepper, index: number, target: number): void {
  const { now, gate } = stepper;
  const next = stepper.draft();
  if (gate.resize(next, index, target, false) !== target) return;
  resized(stepper, next, index, target);
  stepper.take('grow', false, index, target);
  gate.resize(stepper.draft(), index, target, false);
  stepper.take('grow, answer lost', false, index, target);
  if (canDelay(now)) {
    delayed(stepper, 'grow', index, target);
    stepper.take('grow, delayed', false, index, target);
  }
}

/** Running → final: the charge is what was metered, as far as the edge knows it held. */
function finishSteps(stepper: ProtocolStepper, index: number, metered: number): void {
  const { now, gate } = stepper;
  const known = now.generation(index).amount;
  if (stepper.reaches(index)) {
    const next = stepper.draft();
    const granted = gate.resize(next, index, metered, true);
    if (granted !== null) resized(stepper, next, index, granted);
    charge(next, index, min(metered, granted ?? known));
    stepper.take('finish', true, index, metered);
    const unanswered = stepper.draft();
    gate.resize(unanswered, index, metered, true);
    charge(unanswered, index, min(metered, known));
    stepper.take('finish, answer lost', false, index, metered);
  }
  charge(stepper.draft(), index, min(metered, known));
  stepper.take('finish without the gate', now.cutOff[stepper.edgeOf(index)], index, metered);
  if (canDelay(now)) {
    charge(delayed(stepper, 'final', index, metered), index, min(metered, known));
    stepper.take('finish, delayed', false, index, metered);
  }
}

function renewalSteps(stepper: ProtocolStepper, index: number): void {
  const { now, gate, rules } = stepper;
  const { amount, confirmedAgo } = now.generation(index);
  if (!rules.renews || !stepper.reaches(index)) return;
  const next = stepper.draft();
  if (gate.renew(next, index, amount, confirmedAgo)) confirm(next, index, amount);
  stepper.take('renew', true, index, amount);
  if (canDelay(now)) {
    delayed(stepper, 'renew', index, amount);
    stepper.take('renew, delayed', false, index, amount);
  }
}

function publicationSteps(stepper: ProtocolStepper, index: number): void {
  const { now } = stepper;
  const { phase, isOpenedTold, confirmedAgo } = now.generation(index);
  const final = confirmedAgo === 0 ? eventOf.final(index) : eventOf.olderFinal(index);
  if (phase === 'final') {
    const next = stepper.draft();
    if (stepper.append(next, final)) {
      next.generation(index).phase = 'published';
      stepper.take('publish final', true, index);
      if (now.repeats > 0 && !hasFinal(now, index)) {
        const unacknowledged = stepper.draft();
        stepper.append(unacknowledged, final);
        unacknowledged.repeats--;
        stepper.take('publish final, acknowledgement lost', false, index);
      }
    }
  }
  if (!isOpenedTold && (phase === 'running' || phase === 'final' || phase === 'published')) {
    const next = stepper.draft();
    if (stepper.append(next, eventOf.opened(index))) {
      next.generation(index).isOpenedTold = true;
      stepper.take('publish opened', true, index);
    }
  }
  if (phase === 'spooled') {
    const next = stepper.draft();
    for (const [other, generation] of next.generations.entries()) {
      if (stepper.edgeOf(other) === stepper.edgeOf(index) && generation.phase === 'spooled') generation.phase = 'final';
    }
    stepper.take('edge restarts with its spool', true, stepper.edgeOf(index));
  }
}

function messageSteps(stepper: ProtocolStepper): void {
  const { now, gate } = stepper;
  if (now.message === null) return;
  const { kind, index, amount, confirmedAgo } = now.message;
  stepper.draft().message = null;
  stepper.take('delayed request is lost', true, index, amount);
  if (!gate.answers(now)) return;
  const next = stepper.draft();
  next.message = null;
  if (kind === 'admit') gate.admit(next, index);
  else if (kind === 'renew') gate.renew(next, index, amount, confirmedAgo);
  else gate.resize(next, index, amount, kind === 'final');
  stepper.take(`delayed ${kind} arrives`, true, index, amount);
}

function faultSteps(stepper: ProtocolStepper, edge: 0 | 1): void {
  const { now } = stepper;
  if (now.crashes > 0) {
    for (const keepsSpool of [false, true]) killSteps(stepper, edge, keepsSpool);
  }
  if (now.cuts > 0 && !now.cutOff[edge]) {
    const next = stepper.draft();
    next.cuts--;
    next.cutOff[edge] = true;
    stepper.take('edge is cut off from the gate', false, edge);
  }
  if (now.cutOff[edge]) {
    stepper.draft().cutOff[edge] = false;
    stepper.take('edge reaches the gate again', true, edge);
  }
}

/** What runs is lost with its edge; a final is where it was written to the disk before. */
function killSteps(stepper: ProtocolStepper, edge: 0 | 1, keepsSpool: boolean): void {
  const next = stepper.draft();
  let [hasRunning, hasFinals] = [false, false];
  for (const [index, generation] of next.generations.entries()) {
    const { phase } = generation;
    if (stepper.edgeOf(index) !== edge || (phase !== 'asked' && phase !== 'running' && phase !== 'final')) continue;
    hasRunning = true;
    hasFinals ||= phase === 'final';
    generation.phase = phase === 'final' && keepsSpool ? 'spooled' : 'dead';
    if (generation.phase === 'dead' && !hasFinal(next, index)) generation.amount = 0;
  }
  if (!(keepsSpool ? hasFinals : hasRunning)) return;
  next.crashes--;
  stepper.take(keepsSpool ? 'edge is killed, its spool stays' : 'edge is killed', false, edge);
}

function confirm(state: ProtocolState, index: number, amount: number): void {
  const generation = state.generation(index);
  generation.amount = amount;
  if (state.gateStanding !== 'lost') generation.confirmedAgo = 0;
}

/** Growth and finals say nothing of the epochs between: only a renewal brings an older hold into the present one. */
function resized({ rules }: ProtocolStepper, state: ProtocolState, index: number, amount: number): void {
  const isKnown = state.generation(index).confirmedAgo < LONG_AGO || !rules.renewalEpoch;
  if (isKnown) confirm(state, index, amount);
  else state.generation(index).amount = amount;
}

function charge(state: ProtocolState, index: number, amount: number): void {
  const generation = state.generation(index);
  generation.amount = amount;
  generation.phase = 'final';
}

function canDelay(state: ProtocolState): boolean {
  return state.delays > 0 && state.message === null;
}

function delayed(
  stepper: ProtocolStepper,
  kind: 'admit' | 'grow' | 'final' | 'renew',
  index: number,
  amount: number,
): ProtocolState {
  const next = stepper.draft();
  next.delays--;
  next.message = { kind, index, amount, confirmedAgo: next.generation(index).confirmedAgo };
  return next;
}

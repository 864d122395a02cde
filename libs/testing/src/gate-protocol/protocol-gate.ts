import type { ProtocolConfiguration } from './protocol-configurations.js';
import type { ProtocolRulesInForce } from './protocol-rules.js';
import type { GateHold, LedgerRow, ProtocolState } from './protocol-state.js';

/** Taken once: in the context of a test, a global is looked up each time. */
const { max, min } = Math;

/** Ends of one commit: of holds, of holds for late settlements, and of the refund's. */
export const closeOf = {
  hold: (index: number) => 1 << index,
  late: (index: number) => 8 << index,
  refund: 64,
} as const;

/** Scripts of the gate, each one atomic step on a state. What they answer is what an edge or billing would be told. */
export class ProtocolGate {
  constructor(
    private readonly rules: ProtocolRulesInForce,
    private readonly configuration: Pick<ProtocolConfiguration, 'cap'>,
  ) {}

  /** Answers anything but `not_loaded`. */
  answers(state: ProtocolState): boolean {
    return !this.rules.epochFirst || state.gateStanding !== 'lost';
  }

  /** Admits and grows. */
  isOpen(state: ProtocolState): boolean {
    if (!state.gate.isLoaded || (state.awaitsComparison && this.rules.comparisonQuiet)) return false;
    if (state.gateStanding === 'lost') return !this.rules.epochFirst;
    return state.gateStanding === 'open' || !this.rules.quietInterval;
  }

  available({ gate }: ProtocolState): number {
    return gate.posted - this.heldOfKey(gate.holds) - gate.refundHeld;
  }

  capLeft({ gate }: ProtocolState): number {
    return this.configuration.cap - gate.spent - this.heldOfKey(gate.holds);
  }

  /** What a hold may still grow by; below zero when more is held than there is. */
  room(state: ProtocolState): number {
    return min(this.available(state), this.capLeft(state));
  }

  admit(state: ProtocolState, index: number): 'granted' | 'refused' | 'gone' {
    const hold = state.gate.hold(index);
    if (hold.isEnded) return 'gone';
    if (!state.gate.isLoaded) return 'refused';
    if (hold.isListed) return hold.isMarked ? 'gone' : 'granted';
    if (!this.isOpen(state) || this.room(state) < 1) return 'refused';
    hold.list(1);
    return 'granted';
  }

  /** The amount granted; null for a hold that is not known. */
  resize(state: ProtocolState, index: number, target: number, isFinal: boolean): number | null {
    const hold = state.gate.hold(index);
    if (isFinal && target === 0) {
      this.close(hold);
      return state.gate.isLoaded ? 0 : null;
    }
    if (hold.isEnded || !hold.isListed || !state.gate.isLoaded) return null;
    if (hold.isFinal) return hold.amount;
    if (target > hold.amount) {
      const grows = this.isOpen(state) || !this.rules.quietGrowth;
      hold.amount += max(0, min(target - hold.amount, grows ? this.room(state) : 0));
    } else if (isFinal || !this.rules.growthOnly) {
      hold.amount = target;
    }
    hold.isFinal ||= isFinal;
    return hold.amount;
  }

  /** Whether the amount is confirmed. `confirmedAgo`: in how many epochs before this one the edge was told it. */
  renew(state: ProtocolState, index: number, amount: number, confirmedAgo: number): boolean {
    const hold = state.gate.hold(index);
    if (hold.isEnded || (hold.isMarked && this.rules.reaperMarks)) return false;
    const isKnown = confirmedAgo <= 1 || !this.rules.renewalEpoch;
    if (!state.gate.isLoaded) return isKnown && this.keep(state, hold, amount);
    const growth = hold.isListed ? amount - hold.amount : amount;
    const mayGrow = growth <= 0 || hold.isFinal || this.affords(state, growth, isKnown);
    if (hold.isListed) hold.live();
    if (!mayGrow) return false;
    if (!hold.isListed) hold.list(amount);
    else if (!this.rules.renewalNeverLowers) hold.amount = amount;
    else if (!hold.isFinal) hold.amount = max(hold.amount, amount);
    return hold.amount >= amount && (isKnown || this.isCovered(state));
  }

  /** What is listed of an older epoch came by a load, which asks nothing: it counts when all that is listed is covered. */
  private isCovered(state: ProtocolState): boolean {
    return this.isOpen(state) && this.room(state) >= 0;
  }

  /** For the load of an account that has admitted nothing since the loss. Only within the interval it is confirmed. */
  private keep(state: ProtocolState, hold: GateHold, amount: number): boolean {
    hold.list(max(hold.isListed ? hold.amount : 0, amount));
    return state.gateStanding === 'quiet';
  }

  private affords(state: ProtocolState, growth: number, isKnown: boolean): boolean {
    if (state.gateStanding === 'quiet') return isKnown;
    if (!this.rules.finalEpoch) return true;
    return this.isOpen(state) && growth <= max(this.room(state), 0);
  }

  /** What one commit of the ledger tells: its balance if it is newer, and its ends. */
  apply(state: ProtocolState, row: LedgerRow, closes = row.holds): void {
    if (!state.gate.isLoaded && !this.rules.rememberedForLoad) return;
    this.tell(state, row);
    this.closeAll(state, closes);
  }

  tell({ gate }: ProtocolState, { posted, version, spent }: Omit<LedgerRow, 'holds'>): void {
    if (version <= gate.version) return;
    gate.posted = posted;
    gate.version = version;
    gate.spent = spent;
  }

  closeAll(state: ProtocolState, closes: number): void {
    const { gate } = state;
    for (let index = 0; index < gate.holds.length; index++) {
      const hold = gate.hold(index);
      if ((closes & closeOf.hold(index)) !== 0) this.close(hold);
      if ((closes & closeOf.late(index)) !== 0) hold.lateHeld = null;
    }
    if ((closes & closeOf.refund) !== 0) gate.endRefund(this.rules.tombstones);
  }

  close(hold: GateHold): void {
    hold.end(this.rules.tombstones);
  }

  private heldOfKey(holds: readonly GateHold[]): number {
    let held = 0;
    for (const hold of holds) held += hold.held;
    return held;
  }
}

import type { ByteReader, ByteWriter } from './protocol-bytes.js';

/** What the gate knows of one generation. */
export class GateHold {
  isListed = false;
  amount = 0;
  isFinal = false;
  isExpired = false;
  /** By the reaper: a renewal answers gone. */
  isMarked = false;
  /** What a wrong reaper would overlook; the gate itself does not know it. */
  finalWasInLog = false;
  edgeLived = false;
  /** The tombstone. */
  isEnded = false;
  /** The hold of billing's own for a late settlement; null = none. */
  lateHeld: number | null = null;

  get held(): number {
    return (this.isListed ? this.amount : 0) + (this.lateHeld ?? 0);
  }

  list(amount: number): void {
    this.isListed = true;
    this.amount = amount;
    this.live();
  }

  /** A new expiry. */
  live(): void {
    this.isExpired = false;
    this.isMarked = false;
    this.finalWasInLog = false;
    this.edgeLived = false;
  }

  end(leavesTombstone: boolean): void {
    this.isListed = false;
    this.amount = 0;
    this.isFinal = false;
    this.live();
    this.isEnded ||= leavesTombstone;
  }

  copy(other: GateHold): void {
    this.isListed = other.isListed;
    this.amount = other.amount;
    this.isFinal = other.isFinal;
    this.isExpired = other.isExpired;
    this.isMarked = other.isMarked;
    this.finalWasInLog = other.finalWasInLog;
    this.edgeLived = other.edgeLived;
    this.isEnded = other.isEnded;
    this.lateHeld = other.lateHeld;
  }

  write(to: ByteWriter): void {
    to.optional(this.isListed ? this.amount : null);
    to.number(
      (this.isFinal ? 1 : 0) +
        2 * (this.isExpired ? 1 : 0) +
        4 * (this.isMarked ? 1 : 0) +
        8 * (this.finalWasInLog ? 1 : 0) +
        16 * (this.edgeLived ? 1 : 0) +
        32 * (this.isEnded ? 1 : 0),
    );
    to.optional(this.lateHeld);
  }

  read(from: ByteReader): void {
    const amount = from.optional();
    this.isListed = amount !== null;
    this.amount = amount ?? 0;
    const flags = from.number();
    this.isFinal = (flags & 1) !== 0;
    this.isExpired = (flags & 2) !== 0;
    this.isMarked = (flags & 4) !== 0;
    this.finalWasInLog = (flags & 8) !== 0;
    this.edgeLived = (flags & 16) !== 0;
    this.isEnded = (flags & 32) !== 0;
    this.lateHeld = from.optional();
  }
}

/** The gate's memory: what a loss takes away and a replica may have an older state of. */
export class GateMemory {
  isLoaded = false;
  posted = 0;
  /** 0 = was never told. */
  version = 0;
  spent = 0;
  refundHold: number | null = null;
  /** Its tombstone. */
  isRefundEnded = false;
  readonly holds: readonly GateHold[];

  constructor(generations: number) {
    this.holds = Array.from({ length: generations }, () => new GateHold());
  }

  get refundHeld(): number {
    return this.refundHold ?? 0;
  }

  hold(index: number): GateHold {
    const hold = this.holds[index];
    if (hold === undefined) throw new Error(`there is no hold ${index}`);
    return hold;
  }

  endRefund(leavesTombstone: boolean): void {
    this.refundHold = null;
    this.isRefundEnded ||= leavesTombstone;
  }

  forget(): void {
    this.isLoaded = false;
    this.posted = 0;
    this.version = 0;
    this.spent = 0;
    this.refundHold = null;
    this.isRefundEnded = false;
    for (const hold of this.holds) {
      hold.end(false);
      hold.isEnded = false;
      hold.lateHeld = null;
    }
  }

  copy(other: GateMemory): void {
    this.isLoaded = other.isLoaded;
    this.posted = other.posted;
    this.version = other.version;
    this.spent = other.spent;
    this.refundHold = other.refundHold;
    this.isRefundEnded = other.isRefundEnded;
    for (let index = 0; index < this.holds.length; index++) this.hold(index).copy(other.hold(index));
  }

  write(to: ByteWriter): void {
    to.flag(this.isLoaded);
    to.number(this.posted);
    to.number(this.version);
    to.number(this.spent);
    to.optional(this.refundHold);
    to.flag(this.isRefundEnded);
    for (const hold of this.holds) hold.write(to);
  }

  read(from: ByteReader): void {
    this.isLoaded = from.flag();
    this.posted = from.number();
    this.version = from.number();
    this.spent = from.number();
    this.refundHold = from.optional();
    this.isRefundEnded = from.flag();
    for (const hold of this.holds) hold.read(from);
  }
}

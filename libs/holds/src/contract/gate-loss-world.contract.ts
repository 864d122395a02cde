import type { GenerationId } from '@apilink/contracts';

import type { AccountSnapshot, GateChange, ListedHold } from '../hold-store.js';
import {
  accountId,
  EXPIRY_MS,
  GateScenario,
  holdId,
  keyId,
  keyOf,
  listedHold,
  renewal,
  reservation,
  snapshotOf,
  START_MS,
  workspaceOf,
} from './gate-scenario.contract.js';
import type { RedisGateUnderTest } from './redis-gate.contract.js';

export const BALANCE = 100n;
export const CAP = 150n;
const MONTH = '2026-11';
/** The hold of billing's own for a late settlement. */
const LATE = 1_000;

interface Request {
  /** What the gate last confirmed to the edge, and in which epoch. */
  amount: bigint;
  epoch: number;
  state: 'running' | 'final' | 'published';
  charge: bigint;
}

type LedgerHold = { readonly opened: bigint; state: 'open' | 'late' | 'ended' };

/**
 * One account, its edges, its ledger and a gate that may be lost: the protocol of billing and edge in its smallest form,
 * each method one atomic step of one party. Whatever the order, the ledger must be able to post what the gate confirmed.
 */
export class GateLossWorld {
  readonly violations: string[] = [];
  readonly requests = new Map<number, Request>();
  private readonly scenario: GateScenario;
  private readonly holds = new Map<number, LedgerHold>();
  private readonly log: (() => void)[] = [];
  private readonly outbox: GateChange[] = [];
  private readonly delivered: GateChange[] = [];
  private readonly lateClaims = new Map<number, bigint>();
  private posted = BALANCE;
  private spent = 0n;
  private version = 1;
  private epoch = 1;
  private read: AccountSnapshot | null = null;
  private copy: (readonly [string, Buffer])[] | null = null;

  constructor(private readonly gate: RedisGateUnderTest) {
    this.scenario = new GateScenario(gate);
  }

  async start(): Promise<void> {
    await this.gate.reset();
    await this.gate.setClock(START_MS);
    await this.gate.store.load(this.snapshot());
  }

  async admit(number: number, amount: bigint): Promise<void> {
    if (this.requests.has(number)) return;
    const reply = await this.scenario.admit(number, amount, { leastNanoUsd: 1n });
    if (reply.outcome !== 'granted') return;
    const { grantedNanoUsd: opened, epoch } = reply;
    this.requests.set(number, { amount: opened, epoch, state: 'running', charge: 0n });
    this.log.push(() => void (this.holds.has(number) || this.holds.set(number, { opened, state: 'open' })));
  }

  async grow(number: number, to: bigint): Promise<void> {
    const request = this.requests.get(number);
    if (request?.state !== 'running') return;
    const reply = await this.scenario.grow(number, to);
    if (reply.outcome !== 'resized') return;
    confirm(request, reply.grantedNanoUsd, reply.epoch);
  }

  async finish(number: number, metered: bigint): Promise<void> {
    const request = this.requests.get(number);
    if (request?.state !== 'running') return;
    const reply = await this.scenario.finish(number, metered > 0n ? metered : 1n);
    if (reply.outcome === 'resized') confirm(request, reply.grantedNanoUsd, reply.epoch);
    request.charge = metered < request.amount ? metered : request.amount;
    request.state = 'final';
  }

  /** An edge renews what runs and what is not acknowledged yet; `part` of the edges is cut off. */
  async renew(part: number): Promise<void> {
    const renewed = [...this.requests].filter(([number, { state }]) => state !== 'published' && number % 3 !== part);
    const reply = await this.gate.store.renew({
      holds: renewed.map(([number, { amount, state, charge, epoch }]) =>
        renewal(number, state === 'final' ? charge : amount, { epoch }),
      ),
      expiryMs: EXPIRY_MS,
    });
    for (const [number, request] of renewed) {
      if (reply.confirmed.has(holdId(number))) request.epoch = reply.epoch;
    }
  }

  publish(number: number): void {
    const request = this.requests.get(number);
    if (request?.state !== 'final') return;
    request.state = 'published';
    const { charge, epoch } = request;
    this.log.push(() => this.settle(number, charge, epoch));
  }

  consume(events: number): void {
    for (const event of this.log.splice(0, events)) event();
  }

  /** The writer of the gate tells the oldest change; an earlier one may come again. */
  async write(repeats: boolean): Promise<void> {
    const change = repeats ? this.delivered[this.version % Math.max(this.delivered.length, 1)] : this.outbox[0];
    if (change === undefined) return;
    const isTold = await this.gate.store.apply([change]).then(
      () => true,
      () => false,
    );
    if (isTold && !repeats) this.delivered.push(...this.outbox.splice(0, 1));
  }

  /** A load reads the ledger when the consumer has passed, and is written later. */
  readForLoad(): void {
    this.consume(this.log.length);
    this.read = this.snapshot();
  }

  async writeLoad(): Promise<void> {
    if (this.read !== null) await this.gate.store.load(this.read);
    this.read = null;
  }

  async settleLate(): Promise<void> {
    for (const [number, claim] of this.lateClaims) {
      const reply = await this.gate.store.reserve(reservation(LATE + number, claim));
      if (reply.outcome === 'not_loaded' || (reply.outcome === 'reserved' && reply.epoch !== this.epoch)) continue;
      this.lateClaims.delete(number);
      this.post(reply.outcome === 'reserved' ? reply.grantedNanoUsd : 0n, [holdId(LATE + number)]);
    }
  }

  /** Marks what expired, waits for the consumer, and ends it without a charge. */
  async reap(): Promise<void> {
    const marked = await this.gate.store.markExpired(10);
    this.consume(this.log.length);
    for (const { holdId: id } of marked) {
      const number = numberOf(id);
      const hold = this.holds.get(number);
      if (hold === undefined || hold.state === 'open') this.holds.set(number, { opened: 0n, state: 'ended' });
    }
    if (marked.length > 0) this.outbox.push({ accountId: accountId(1), closed: marked.map((hold) => hold.holdId) });
  }

  topUp(amount: bigint): void {
    this.posted += amount;
    this.post(0n, []);
  }

  lose(): Promise<void> {
    return this.gate.lose();
  }

  /** What a replica has got so far. */
  async replicate(): Promise<void> {
    const keys = await this.gate.redis.keys(`${this.gate.prefix}*`);
    this.copy = await Promise.all(
      keys.map(async (key) => [key, (await this.gate.redis.dumpBuffer(key)) ?? Buffer.alloc(0)] as const),
    );
  }

  /** The replica becomes the primary, as far as it has got. */
  async failOver(): Promise<void> {
    if (this.copy === null) return;
    await this.gate.lose();
    for (const [key, value] of this.copy) await this.gate.redis.restore(key, 0, value);
    await this.gate.redis.hset(`${this.gate.prefix}epoch`, 'run', 'f'.repeat(40));
    this.copy = null;
  }

  /** Billing looks at the gate and begins the next epoch where it has to. */
  async watch(): Promise<void> {
    const standing = await this.gate.store.standing();
    if (standing.epoch !== null && standing.epochRunId === standing.runId) return;
    this.epoch++;
    await this.gate.begin(this.epoch, standing.epoch !== null);
  }

  /** The comparison after a change of role. */
  async compare(): Promise<void> {
    this.consume(this.log.length);
    const view = await this.gate.store.inspect(accountId(1));
    if (view === null) return;
    const closed = view.holds.map((hold) => hold.holdId).filter((id) => this.hasEnded(numberOf(id)));
    await this.gate.store.apply([{ ...this.change(), closed }]);
    const listed = new Set(view.holds.map((hold) => hold.holdId));
    for (const hold of this.openHolds()) if (!listed.has(hold.holdId)) await this.gate.store.restore(hold);
    await this.gate.store.endComparison(accountId(1), this.epoch);
  }

  /** Held sums and slots of the gate are those of its holds. */
  async checkSums(): Promise<void> {
    const view = await this.gate.store.inspect(accountId(1));
    if (view === null) return;
    const held = view.holds.reduce((sum, hold) => sum + hold.amountNanoUsd, 0n);
    if (held !== view.heldNanoUsd) this.violations.push(`held ${view.heldNanoUsd} of holds that hold ${held}`);
    for (const counter of view.heldByPeriod) {
      if (counter.heldNanoUsd !== held)
        this.violations.push(`${counter.period} counts ${counter.heldNanoUsd} of ${held}`);
    }
    const running = view.holds.filter((hold) => !hold.final).length;
    if (view.running > running) this.violations.push(`${view.running} slots of ${running} holds`);
  }

  /**
   * Every request costs all that the gate confirms to it. When everything has come to rest then, the gate knows the
   * balance of the ledger and holds nothing.
   */
  async rest(): Promise<void> {
    for (const number of this.requests.keys()) {
      await this.finish(number, BALANCE);
      this.publish(number);
    }
    this.consume(this.log.length);
    for (let round = 0; round < 3; round++) {
      await this.watch();
      await this.gate.setClock(this.gate.now() + EXPIRY_MS);
      this.readForLoad();
      await this.writeLoad();
      await this.compare();
      await this.settleLate();
      await this.reap();
      while (this.outbox.length > 0) await this.write(false);
    }
    const view = await this.gate.store.inspect(accountId(1));
    if (view?.balance.postedNanoUsd !== this.posted || view.heldNanoUsd !== 0n || this.lateClaims.size > 0)
      this.violations.push(
        `at rest posted ${view?.balance.postedNanoUsd} of ${this.posted}, held ${view?.heldNanoUsd}`,
      );
  }

  private settle(number: number, charge: bigint, epoch: number): void {
    const hold = this.holds.get(number);
    if (hold?.state === 'late') return;
    if (hold?.state !== 'ended' && epoch === this.epoch) {
      this.holds.set(number, { opened: charge, state: 'ended' });
      this.post(charge, [holdId(number)]);
      return;
    }
    this.holds.set(number, { opened: charge, state: 'late' });
    this.lateClaims.set(number, charge);
    this.outbox.push({ accountId: accountId(1), closed: [holdId(number)] });
  }

  private post(charge: bigint, closed: readonly GenerationId[]): void {
    this.posted -= charge;
    this.spent += charge;
    this.version++;
    if (this.posted < 0n) this.violations.push(`the balance is ${this.posted}`);
    if (this.spent > CAP) this.violations.push(`${this.spent} of a cap of ${CAP} are spent`);
    this.outbox.push({ ...this.change(), closed });
  }

  private hasEnded(number: number): boolean {
    if (number > LATE) return !this.lateClaims.has(number - LATE);
    return (this.holds.get(number)?.state ?? 'open') !== 'open';
  }

  private openHolds(): ListedHold[] {
    const open = [...this.holds].filter(([, { state }]) => state === 'open');
    return open.map(([number, { opened }]) => listedHold(number, opened, { expiresAt: this.gate.now() + EXPIRY_MS }));
  }

  private change() {
    const { posted, spent, version } = this;
    const spend = { scope: 'key', scopeId: keyId(1), period: MONTH, spentNanoUsd: spent, version } as const;
    return {
      accountId: accountId(1),
      balance: { postedNanoUsd: posted, version, creditedNanoUsd: posted + spent, spentNanoUsd: spent },
      periods: [spend],
    };
  }

  private snapshot(): AccountSnapshot {
    const { epoch } = this;
    const keys = [keyOf(1, { monthlyCapNanoUsd: CAP })];
    return snapshotOf({ ...this.change(), workspaces: [workspaceOf(1)], keys, epoch, holds: this.openHolds() });
  }
}

/** As edges do: a resize says nothing of a hold whose last epoch is not the one before. */
function confirm(request: Request, amount: bigint, epoch: number): void {
  request.amount = amount;
  if (epoch <= request.epoch + 1) request.epoch = epoch;
}

function numberOf(id: GenerationId): number {
  return Number(id.slice(-12)) - 4_000_000;
}

import type { GenerationId, HoldOpened, UsageFinal } from '@apilink/contracts';
import { MemoryHoldStore, periodCandidates, type GateChange } from '@apilink/holds';
import { emptyUsage } from '@apilink/pricing';

import type { KnownHold } from '../hold/hold.domain.js';
import { postedOf, type CustomerBalance } from '../ledger/ledger.domain.js';
import type { Lot } from '../lot/lot.domain.js';
import { SettlementPlan, type UsageEvent } from '../settlement/settlement.domain.js';
import { DEFAULT_LIMITS, finalOf, scenarioCard } from './billing-scenario.factory.js';
import {
  accountId,
  balanceOf,
  CAP,
  EXPIRY_MS,
  generationId,
  keyId,
  keyWithCap,
  knownHold,
  lotOf,
  OPENING,
  periodsNow,
  pinnedPrice,
  START_MS,
  workspaceId,
} from './money-figures.factory.js';

/** A request as its edge knows it. */
interface Request {
  readonly hold: HoldOpened;
  amount: bigint;
  state: 'running' | 'final' | 'dead';
  final: UsageFinal | null;
}

/**
 * The pure core of the money and nothing else: the gate's model, the fold of settlement over tables in memory, two or
 * three lines of an edge. Whatever the order of its steps, `broken` stays empty. What the books should say is counted
 * beside, by a sum over requests that knows no ledger.
 */
export class MoneyWorld {
  readonly broken: string[] = [];
  readonly #gate = new MemoryHoldStore({ now: () => this.#now });
  readonly #requests = new Map<number, Request>();
  readonly #holds = new Map<GenerationId, KnownHold>();
  readonly #transfers = new Set<string>();
  /** What each request costs, by the first final that came in time. */
  readonly #owed = new Map<GenerationId, bigint>();
  #log: UsageEvent[] = [];
  #outbox: GateChange[] = [];
  #told: GateChange[] = [];
  #lots: Lot[] = [lotOf(1, OPENING)];
  #balance: CustomerBalance = balanceOf(OPENING);
  #credited = OPENING;
  #spent = 0n;
  #now = START_MS;

  async start(): Promise<void> {
    const { closed: _closed, ...opening } = this.#change([]);
    await this.#gate.load({
      ...opening,
      account: { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 },
      workspaces: [{ workspaceId, status: 'active', monthlyBudgetNanoUsd: null, version: 1 }],
      keys: [keyWithCap],
      epoch: 1,
      holds: [],
    });
  }

  /** Where the answer is lost the edge knows of nothing: it never runs the request. */
  async admit(number: number, amountNanoUsd: bigint, isAnswered: boolean): Promise<void> {
    if (this.#requests.has(number)) return;
    const reply = await this.#gate.admit({
      accountId,
      keyId,
      holdId: generationId(number),
      amountNanoUsd,
      leastNanoUsd: 1n,
      tokens: 1,
      periods: periodCandidates('UTC', this.#now),
      defaults: DEFAULT_LIMITS,
      expiryMs: EXPIRY_MS,
    });
    if (reply.outcome !== 'granted' || !isAnswered) return;
    const { grantedNanoUsd: amount, periods, admittedAt: openedAt, epoch } = reply;
    const hold: HoldOpened = {
      accountId,
      workspaceId,
      keyId,
      generationId: generationId(number),
      modelId: scenarioCard.modelId,
      candidates: [pinnedPrice()],
      periods,
      openedAt,
      epoch,
      amountNanoUsd: amount,
    };
    this.#requests.set(number, { hold, amount, state: 'running', final: null });
    this.#log.push({ type: 'hold.opened', body: hold });
  }

  async grow(number: number, targetNanoUsd: bigint, isAnswered: boolean): Promise<void> {
    const request = this.#running(number);
    if (request === null) return;
    const granted = await this.#resize(number, targetNanoUsd, false);
    if (isAnswered && granted !== null) request.amount = granted;
  }

  /** So much output was metered, at 3 nano-USD a token. */
  async finish(number: number, output: number, isAnswered: boolean): Promise<void> {
    const request = this.#running(number);
    if (request === null) return;
    const metered = BigInt(output) * 3n;
    const granted = await this.#resize(number, metered > 0n ? metered : 1n, true);
    if (isAnswered && granted !== null) request.amount = granted;
    const chargeNanoUsd = metered < request.amount ? metered : request.amount;
    const finalHoldNanoUsd = request.amount;
    const usage = { ...emptyUsage, output };
    request.final = finalOf(request.hold, {
      finalHoldNanoUsd,
      highestHoldNanoUsd: finalHoldNanoUsd,
      chargeNanoUsd,
      usage,
    });
    request.state = 'final';
  }

  publish(number: number): void {
    const final = this.#requests.get(number)?.final ?? null;
    if (final !== null) this.#log.push({ type: 'usage.final', body: final });
  }

  /** Its edge dies; a final that is not in the log is lost with it. */
  crash(number: number): void {
    const request = this.#requests.get(number);
    if (request === undefined) return;
    request.state = 'dead';
    request.final = null;
  }

  async renew(): Promise<void> {
    const alive = [...this.#requests.values()].filter(({ state }) => state !== 'dead');
    const holds = alive.map(({ hold, amount, final }) => ({
      accountId,
      workspaceId,
      keyId,
      holdId: hold.generationId,
      periods: hold.periods,
      openedAt: hold.openedAt,
      amountNanoUsd: final?.chargeNanoUsd ?? amount,
      epoch: 1,
    }));
    await this.#gate.renew({ holds, expiryMs: EXPIRY_MS });
  }

  /** One batch, from anywhere in the log: a log comes again, and in another order where partitions move. */
  consume(from: number, count: number, movesOffset: boolean): void {
    const first = this.#log.length === 0 ? 0 : from % this.#log.length;
    this.#settle(this.#log.slice(first, first + count));
    if (movesOffset && first === 0) this.#log = this.#log.slice(count);
  }

  async tell(isRepeated: boolean): Promise<void> {
    const change = isRepeated ? this.#told[this.#told.length % 3] : this.#outbox[0];
    if (change === undefined) return;
    await this.#gate.apply([change]);
    if (!isRepeated) this.#told.push(...this.#outbox.splice(0, 1));
  }

  topUp(amountNanoUsd: bigint): void {
    const { paidNanoUsd, creditedNanoUsd, version, ledgerVersion } = this.#balance;
    this.#credited += amountNanoUsd;
    this.#lots.push(lotOf(this.#lots.length + 1, amountNanoUsd));
    this.#balance = {
      ...this.#balance,
      paidNanoUsd: paidNanoUsd + amountNanoUsd,
      creditedNanoUsd: creditedNanoUsd + amountNanoUsd,
      version: version + 1n,
      ledgerVersion: ledgerVersion + 1n,
    };
    this.#outbox.push(this.#change([]));
  }

  /** Time passes, what nobody renewed is marked, the whole log is consumed, and it ends without a charge. */
  async reap(ms: number): Promise<void> {
    this.#now += ms;
    const marked = await this.#gate.markExpired(10);
    this.#settle(this.#log);
    for (const { holdId, periods } of marked) {
      const state = this.#holds.get(holdId)?.state ?? 'open';
      if (state === 'open') this.#holds.set(holdId, { ...knownHold(holdId, 0n, periods), state: 'expired' });
    }
    if (marked.length > 0) this.#outbox.push(this.#change(marked.map(({ holdId }) => holdId)));
  }

  /** What the gate gives away is never more than what is free, and it knows its own sums. */
  async check(): Promise<void> {
    const view = await this.#gate.inspect(accountId);
    if (view === null) return;
    const held = view.holds.reduce((sum, hold) => sum + hold.amountNanoUsd, 0n);
    if (held !== view.heldNanoUsd) this.broken.push(`the gate counts ${view.heldNanoUsd} held of ${held}`);
    let promised = 0n;
    for (const { hold, amount, state, final } of this.#requests.values()) {
      const known = this.#holds.get(hold.generationId)?.state ?? 'open';
      if (state !== 'dead' && known === 'open') promised += final?.chargeNanoUsd ?? amount;
    }
    const available = view.balance.postedNanoUsd - view.heldNanoUsd;
    const free = postedOf(this.#balance) - promised;
    if (available > 0n && available > free) this.broken.push(`the gate gives away ${available} where ${free} is free`);
  }

  /** Everything finishes, everything is told: gate and ledger say what the requests cost, and nothing is held. */
  async rest(): Promise<void> {
    for (const number of this.#requests.keys()) {
      await this.finish(number, 20, true);
      this.publish(number);
    }
    for (const number of this.#requests.keys()) this.crash(number);
    this.#settle(this.#log);
    while (this.#outbox.length > 0) await this.tell(false);
    await this.reap(EXPIRY_MS + 1);
    while (this.#outbox.length > 0) await this.tell(false);
    const view = await this.#gate.inspect(accountId);
    const posted = this.#credited - this.#owedInAll();
    if (view?.balance.postedNanoUsd !== posted)
      this.broken.push(`at rest ${view?.balance.postedNanoUsd}, owed ${posted}`);
    if (view?.heldNanoUsd !== 0n) this.broken.push(`at rest ${view?.heldNanoUsd} held`);
  }

  #settle(events: readonly UsageEvent[]): void {
    if (events.length === 0) return;
    const plan = new SettlementPlan({
      balances: new Map([[accountId, this.#balance]]),
      lots: new Map([[accountId, this.#lots]]),
      holds: this.#holds,
      keys: new Map([[keyId, { accountId, workspaceId }]]),
      cardOf: (version) => (version === scenarioCard.priceVersion ? scenarioCard : undefined),
      epoch: null,
      postedAt: this.#now,
    });
    for (const event of events) {
      this.#count(event);
      const verdict = plan.take(event);
      if (verdict.kind === 'poison') this.broken.push(verdict.reason);
    }
    this.#write(plan);
  }

  /** The other book: the first final of a request that has not expired is what it costs. */
  #count({ type, body }: UsageEvent): void {
    const state = this.#holds.get(body.generationId)?.state ?? 'open';
    if (type !== 'usage.final' || state !== 'open' || this.#owed.has(body.generationId)) return;
    this.#owed.set(body.generationId, body.chargeNanoUsd);
  }

  #write(plan: SettlementPlan): void {
    for (const { transferId, entries } of plan.transfers) {
      if (this.#transfers.has(transferId)) this.broken.push(`transfer ${transferId} is posted twice`);
      this.#transfers.add(transferId);
      if (entries.reduce((sum, { amountNanoUsd }) => sum + amountNanoUsd, 0n) !== 0n)
        this.broken.push('entries leave a rest');
    }
    for (const { posting } of plan.settled) {
      if (posting.postedShortNanoUsd > 0n) this.broken.push(`${posting.postedShortNanoUsd} could not be posted`);
    }
    for (const [id, body] of plan.opened) this.#holds.set(id, knownHold(id, body.amountNanoUsd, body.periods));
    for (const [id, { final, state }] of plan.ended) {
      this.#holds.set(id, { ...knownHold(id, final.finalHoldNanoUsd, final.periods), state });
    }
    for (const [id] of plan.late)
      this.#holds.set(id, { ...knownHold(id, 0n, periodsNow), state: 'expired', claimed: true });
    const changed = new Map(plan.drawnLots.map((lot) => [lot.lotId, lot]));
    this.#lots = this.#lots.map((lot) => changed.get(lot.lotId) ?? lot);
    const { version } = this.#balance;
    this.#balance = { ...(plan.touched.get(accountId) ?? this.#balance), version: version + 1n };
    for (const { scope, period, amountNanoUsd } of plan.spends) {
      if (scope === 'key' && period === 'total') this.#spent += amountNanoUsd;
    }
    this.#outbox.push(this.#change(plan.closed.get(accountId) ?? []));
    this.#compareBooks();
  }

  #compareBooks(): void {
    const [posted, owed] = [postedOf(this.#balance), this.#owedInAll()];
    if (posted < 0n) this.broken.push(`posted is ${posted}`);
    if (posted !== this.#credited - owed)
      this.broken.push(`posted is ${posted}, the requests leave ${this.#credited - owed}`);
    if (this.#spent !== owed) this.broken.push(`${this.#spent} counts as spent of ${owed}`);
    if (this.#spent > CAP) this.broken.push(`${this.#spent} of a cap of ${CAP} are spent`);
  }

  #owedInAll(): bigint {
    return [...this.#owed.values()].reduce((sum, charge) => sum + charge, 0n);
  }

  #running(number: number): Request | null {
    const request = this.#requests.get(number);
    return request?.state === 'running' ? request : null;
  }

  async #resize(number: number, targetNanoUsd: bigint, final: boolean): Promise<bigint | null> {
    const asked = { accountId, holdId: generationId(number), targetNanoUsd, final, tokens: null };
    const reply = await this.#gate.resize(asked);
    return reply.outcome === 'resized' ? reply.grantedNanoUsd : null;
  }

  #change(closed: readonly GenerationId[]) {
    const version = Number(this.#balance.version);
    const { creditedNanoUsd, spentNanoUsd } = this.#balance;
    const spend = {
      scope: 'key',
      scopeId: keyId,
      period: periodsNow.month,
      spentNanoUsd: this.#spent,
      version,
    } as const;
    return {
      accountId,
      balance: { postedNanoUsd: postedOf(this.#balance), version, creditedNanoUsd, spentNanoUsd },
      periods: [spend],
      closed,
    };
  }
}

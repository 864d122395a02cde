import type { ProtocolState, ProtocolWalk, WalkedStep } from '@apilink/testing';

import type { AccountSnapshot, GateAccountView, GateChange } from '../hold-store.js';
import {
  accountId,
  GateScenario,
  granted,
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
import { QUIET_MS, type RedisGateUnderTest } from './redis-gate.contract.js';

/** Nothing expires by itself: the model says when. */
const FAR_MS = 10 ** 9;
const MONTH = '2026-11';
/** Ids of billing's own holds. */
const LATE = 1_000;
const REFUND = 2_000;
const NO_CAP = 99;

/** What is compared after each step: all that the gate tells of an account that it has loaded. */
export interface Observed {
  readonly posted: number;
  readonly spent: number;
  /** What the account counts as held. */
  readonly held: number;
  /** Amount of each hold by its number, `!` after it where it is final. */
  readonly holds: Readonly<Record<string, string>>;
}

/**
 * Drives the scripts of a real Redis with a history of the protocol's model: each step that touches the gate is done to
 * it, and what it answers is held against what the model says.
 */
export class ProtocolReplay {
  /** Where an answer was another one. */
  readonly differences: string[] = [];
  readonly #scenario: GateScenario;
  #epoch = 1;
  #copy: (readonly [string, Buffer])[] = [];

  constructor(
    private readonly gate: RedisGateUnderTest,
    private readonly walk: ProtocolWalk,
  ) {
    this.#scenario = new GateScenario(gate);
  }

  async start(): Promise<void> {
    const { gate, walk } = this;
    await gate.reset();
    await gate.setClock(START_MS);
    const { posted, version, spent } = walk.state;
    if (walk.state.gate.isLoaded) await gate.store.load(this.#snapshot({ posted, version, spent, holds: 0 }));
  }

  /** Does what the step does to the gate. Steps of edge, log and ledger alone do nothing here. */
  async follow({ step, before }: WalkedStep): Promise<void> {
    const { index, amount, name } = step;
    switch (name) {
      case 'admit':
      case 'admit, answer lost':
        return this.#admits(index, 1n);
      case 'admit is gone':
        return this.#admits(index, 'gone');
      case 'release':
        return void (await this.#scenario.finish(number(index), 0n));
      case 'grow':
      case 'grow, answer lost':
        return this.#resizes(index, amount, { before, isFinal: false });
      case 'finish':
      case 'finish, answer lost':
        return this.#resizes(index, amount, { before, isFinal: true });
      case 'renew':
        return this.#renews(index, amount, { before, confirmedAgo: before.generation(index).confirmedAgo });
      default:
        return this.#followDelayed({ step, before });
    }
  }

  /** What the gate tells now; null while it does not know the account. */
  async observe(): Promise<Observed | null> {
    const view = await this.gate.store.inspect(accountId(1));
    return view === null ? null : observed(view);
  }

  /** The same by the model. */
  expect({ gate, gateStanding }: ProtocolState): Observed | null {
    if (!gate.isLoaded || gateStanding === 'lost') return null;
    const holds: Record<string, string> = {};
    const held = gate.refundHeld + gate.holds.reduce((sum, hold) => sum + hold.held, 0);
    for (const [index, hold] of gate.holds.entries()) {
      if (hold.isListed) holds[number(index)] = `${hold.amount}${hold.isFinal ? '!' : ''}`;
      if (hold.lateHeld !== null) holds[LATE + index] = `${hold.lateHeld}!`;
    }
    if (gate.refundHold !== null) holds[REFUND] = `${gate.refundHold}!`;
    return { posted: gate.posted, spent: gate.spent, held, holds };
  }

  /** A request that the model's gate would refuse now must not be admitted by the real one. */
  async expectRefusals(): Promise<void> {
    for (const [index, { phase }] of this.walk.state.generations.entries()) {
      if (phase !== 'new' || !this.walk.reaches(index) || this.#wouldAdmit(index)) continue;
      const reply = await this.#scenario.admit(number(index), 1n, { expiryMs: FAR_MS });
      if (reply.outcome === 'granted') this.differences.push(`the gate admits ${index}, the model does not`);
    }
  }

  async #followDelayed({ step, before }: WalkedStep): Promise<void> {
    const { index, amount, name } = step;
    switch (name) {
      case 'delayed admit arrives':
        return void (await this.#scenario.admit(number(index), 1n, { expiryMs: FAR_MS }));
      case 'delayed grow arrives':
        return this.#resizes(index, amount, { before, isFinal: false });
      case 'delayed final arrives':
        return this.#resizes(index, amount, { before, isFinal: true });
      case 'delayed renew arrives':
        return this.#renews(index, amount, { before, confirmedAgo: before.message?.confirmedAgo ?? 0 });
      default:
        return this.#followBilling({ step, before });
    }
  }

  async #followBilling({ step, before }: WalkedStep): Promise<void> {
    const { index, amount, name } = step;
    const { store } = this.gate;
    switch (name) {
      case 'reaper marks':
        return this.#marks(index);
      case 'reaper restores':
        return this.#same(`restore ${index}`, await store.restore(this.#listed(index)), 'restored');
      case 'reaper cannot restore':
      case 'reaper finds a tombstone':
        return this.#same(`restore ${index}`, await store.restore(this.#listed(index)), 'gone');
      case 'tell the gate':
      case 'tell the gate, a copy stays on its way':
        return this.#applies(before.outbox[0] ?? null);
      case 'copy of a row arrives':
        return this.#applies(before.stale);
      case 'late settlement reserves': {
        const reply = await store.reserve(reservation(LATE + index, BigInt(before.generation(index).amount)));
        return this.#same(`reserve ${index}`, 'grantedNanoUsd' in reply && reply.grantedNanoUsd, BigInt(amount));
      }
      case 'refund takes its hold':
        if (before.gate.refundHold === null) await store.reserve(reservation(REFUND, 1n));
        return;
      default:
        return this.#followWhole({ step, before });
    }
  }

  async #followWhole({ step: { name }, before }: WalkedStep): Promise<void> {
    const { gate } = this;
    switch (name) {
      case 'the gate is lost':
        return gate.lose();
      case 'the replica has got this far':
        return this.#replicate();
      case 'the replica takes over':
        return this.#failOver();
      case 'billing begins an epoch':
        return gate.begin(++this.#epoch, before.awaitsComparison);
      case 'the quiet interval is over':
        return gate.setClock(gate.now() + QUIET_MS);
      case 'billing compares':
        return this.#compares(before);
      case 'load writes':
      case 'load finds the account':
      case 'load is refused':
        return this.#loads(name, before);
      case 'load reads again':
        return this.#readsAgain(before);
    }
  }

  async #admits(index: number, expected: bigint | string): Promise<void> {
    const reply = await this.#scenario.admit(number(index), 1n, { expiryMs: FAR_MS });
    this.#same(`admit ${index}`, granted(reply), expected);
  }

  async #resizes(
    index: number,
    target: number,
    { before, isFinal }: { before: ProtocolState; isFinal: boolean },
  ): Promise<void> {
    const { gate } = this.walk;
    const scenario = this.#scenario;
    const asked = isFinal
      ? scenario.finish(number(index), BigInt(target))
      : scenario.grow(number(index), BigInt(target));
    const reply = await asked;
    const answer = reply.outcome === 'resized' ? Number(reply.grantedNanoUsd) : null;
    this.#same(`resize ${index} to ${target}`, answer, gate.resize(before, index, target, isFinal));
  }

  async #renews(
    index: number,
    amount: number,
    { before, confirmedAgo }: { before: ProtocolState; confirmedAgo: number },
  ): Promise<void> {
    const hold = renewal(number(index), BigInt(amount), { epoch: this.#epoch - confirmedAgo });
    const { confirmed } = await this.gate.store.renew({ holds: [hold], expiryMs: FAR_MS });
    const expected = this.walk.gate.renew(before, index, amount, confirmedAgo);
    this.#same(`renew ${index} at ${amount}`, confirmed.has(hold.holdId), expected);
  }

  /** A renewal for a millisecond, and the millisecond: this hold alone expires. */
  async #marks(index: number): Promise<void> {
    const { gate } = this;
    const last = renewal(number(index), 0n, { epoch: this.#epoch });
    await gate.store.renew({ holds: [last], expiryMs: 1 });
    await gate.setClock(gate.now() + 2);
    const marked = await gate.store.markExpired(10);
    this.#same(`${index} is marked`, marked.map((hold) => hold.holdId).includes(last.holdId), true);
  }

  async #applies(row: ProtocolState['stale']): Promise<void> {
    if (row === null) throw new Error('there is no row to tell');
    const closed = [0, 1, 2].flatMap((index) => [
      ...((row.holds & (1 << index)) === 0 ? [] : [holdId(number(index))]),
      ...((row.holds & (8 << index)) === 0 ? [] : [holdId(LATE + index)]),
    ]);
    if ((row.holds & 64) !== 0) closed.push(holdId(REFUND));
    await this.gate.store.apply([{ ...change(row), closed }]);
  }

  async #loads(name: string, before: ProtocolState): Promise<void> {
    if (before.reading === null) throw new Error('the load has read nothing');
    const answers: Record<string, string> = { 'load writes': 'loaded', 'load finds the account': 'exists' };
    const reply = await this.gate.store.load(this.#snapshot(before.reading));
    this.#same(name, reply, answers[name] ?? 'other_epoch');
  }

  async #readsAgain(now: ProtocolState): Promise<void> {
    await this.gate.store.apply([{ ...change(now), closed: endedHolds(now) }]);
  }

  async #compares(now: ProtocolState): Promise<void> {
    const { store } = this.gate;
    const view = await store.inspect(accountId(1));
    if (view !== null) {
      await store.apply([{ ...change(now), closed: endedHolds(now) }]);
      const listed = new Set(view.holds.map((hold) => hold.holdId));
      for (const [index, { ledger }] of now.generations.entries()) {
        const hold = this.#listed(index);
        if (ledger === 'open' && !listed.has(hold.holdId)) await store.restore(hold);
      }
      if (now.refund === 'held' && !listed.has(refundHold.holdId)) await store.restore(refundHold);
    }
    await store.endComparison(accountId(1), this.#epoch);
  }

  async #replicate(): Promise<void> {
    const keys = await this.gate.redis.keys(`${this.gate.prefix}*`);
    this.#copy = await Promise.all(
      keys.map(async (key) => [key, (await this.gate.redis.dumpBuffer(key)) ?? Buffer.alloc(0)] as const),
    );
  }

  async #failOver(): Promise<void> {
    await this.gate.lose();
    for (const [key, value] of this.#copy) await this.gate.redis.restore(key, 0, value);
    await this.gate.redis.hset(`${this.gate.prefix}epoch`, 'run', 'f'.repeat(40));
  }

  #wouldAdmit(index: number): boolean {
    const { state, gate } = this.walk;
    const { isEnded, isListed } = state.gate.hold(index);
    return !isEnded && (isListed || (gate.isOpen(state) && gate.room(state) >= 1));
  }

  #listed(index: number) {
    return listedHold(number(index), 1n, { expiresAt: this.gate.now() + FAR_MS });
  }

  #snapshot(reading: NonNullable<ProtocolState['reading']>): AccountSnapshot {
    const cap = this.walk.cap === NO_CAP ? null : BigInt(this.walk.cap);
    const open = [0, 1, 2].filter((index) => (reading.holds & (1 << index)) !== 0);
    return snapshotOf({
      ...change(reading),
      workspaces: [workspaceOf(1)],
      keys: [keyOf(1, { monthlyCapNanoUsd: cap })],
      epoch: this.#epoch,
      holds: [...open.map((index) => this.#listed(index)), ...((reading.holds & 64) === 0 ? [] : [refundHold])],
    });
  }

  #same(what: string, answer: unknown, expected: unknown): void {
    if (answer !== expected) this.differences.push(`${what}: ${String(answer)}, the model says ${String(expected)}`);
  }
}

const refundHold = listedHold(REFUND, 1n, { expiresAt: null, final: true });

/** The generations of the model are 0, 1, 2; ids begin with 1. */
function number(index: number): number {
  return index + 1;
}

function change({ posted, spent, version }: { posted: number; spent: number; version: number }) {
  const [postedNanoUsd, spentNanoUsd] = [BigInt(posted), BigInt(spent)];
  return {
    accountId: accountId(1),
    balance: { postedNanoUsd, version, creditedNanoUsd: postedNanoUsd + spentNanoUsd, spentNanoUsd },
    periods: [{ scope: 'key', scopeId: keyId(1), period: MONTH, spentNanoUsd, version }],
  } satisfies GateChange;
}

function endedHolds(state: ProtocolState) {
  const ended = state.generations.flatMap(({ ledger }, index) => [
    ...(ledger === 'unknown' || ledger === 'open' || !state.gate.hold(index).isListed ? [] : [holdId(number(index))]),
    ...(ledger === 'late_settled' ? [holdId(LATE + index)] : []),
  ]);
  return state.refund === 'posted' || state.refund === 'voided' ? [...ended, holdId(REFUND)] : ended;
}

function observed({ balance, periods, heldNanoUsd, holds }: GateAccountView): Observed {
  const spent = periods.find(({ scope, period }) => scope === 'key' && period === MONTH);
  return {
    posted: Number(balance.postedNanoUsd),
    spent: Number(spent?.spentNanoUsd ?? 0n),
    held: Number(heldNanoUsd),
    holds: Object.fromEntries(
      holds.map((hold) => [
        Number(hold.holdId.slice(-12)) - 4_000_000,
        `${hold.amountNanoUsd}${hold.final ? '!' : ''}`,
      ]),
    ),
  };
}

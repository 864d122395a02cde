import type { ByteReader, ByteWriter } from './protocol-bytes.js';
import type { ProtocolConfiguration } from './protocol-configurations.js';
import { GateMemory } from './protocol-gate-state.js';

export type { GateHold } from './protocol-gate-state.js';

/** Where a request stands at its edge. `asked`: the admission was sent, its answer is not known. */
export const phases = ['new', 'asked', 'running', 'final', 'published', 'dead', 'spooled', 'refused'] as const;
export type Phase = (typeof phases)[number];

/** What the ledger knows of a hold. `claimed`: a late settlement that waits for its own hold in the gate. */
export const ledgerStates = ['unknown', 'open', 'settled', 'expired', 'late_settled', 'claimed'] as const;
export type LedgerState = (typeof ledgerStates)[number];

/** `lost`: without an epoch; `quiet`: in the interval after its begin. */
export const gateStandings = ['open', 'lost', 'quiet'] as const;
export const loadStages = ['none', 'fenced', 'read', 'written'] as const;
export const refundStates = ['none', 'requested', 'held', 'posted', 'voided'] as const;
export const replicaStages = ['none', 'copied', 'used'] as const;
export const messageKinds = ['admit', 'grow', 'final', 'renew'] as const;

/** Confirmed in no epoch, or in one that nothing is believed of any more. */
export const LONG_AGO = 2;

/** The ledger as one commit tells it to the gate, or as a load has read it. */
export interface LedgerRow {
  readonly posted: number;
  readonly version: number;
  readonly spent: number;
  /** Bits of `closeOf`: what the commit has ended, or what the load has found open. */
  readonly holds: number;
}

/** A request to the gate that is on its way. */
export interface DelayedMessage {
  readonly kind: (typeof messageKinds)[number];
  readonly index: number;
  readonly amount: number;
  readonly confirmedAgo: number;
}

/** A generation as its edge and the ledger know it. */
export class Generation {
  phase: Phase = 'new';
  /** The hold that the edge was told; once final, what is charged. */
  amount = 0;
  /** Epochs since the gate confirmed that amount: 0 = in the present one. */
  confirmedAgo = LONG_AGO;
  isOpenedTold = false;
  ledger: LedgerState = 'unknown';
  isReaping = false;
  /** Events of the log that the reaper waits for. */
  fence = 0;
  /** What billing was granted for a late settlement; null = it has not asked yet. */
  lateGranted: number | null = null;

  copy(other: Generation): void {
    this.phase = other.phase;
    this.amount = other.amount;
    this.confirmedAgo = other.confirmedAgo;
    this.isOpenedTold = other.isOpenedTold;
    this.ledger = other.ledger;
    this.isReaping = other.isReaping;
    this.fence = other.fence;
    this.lateGranted = other.lateGranted;
  }

  write(to: ByteWriter): void {
    to.oneOf(phases, this.phase);
    to.number(this.amount);
    to.number(this.confirmedAgo);
    to.flag(this.isOpenedTold);
    to.oneOf(ledgerStates, this.ledger);
    to.flag(this.isReaping);
    to.number(this.fence);
    to.optional(this.lateGranted);
  }

  read(from: ByteReader): void {
    this.phase = from.oneOf(phases);
    this.amount = from.number();
    this.confirmedAgo = from.number();
    this.isOpenedTold = from.flag();
    this.ledger = from.oneOf(ledgerStates);
    this.isReaping = from.flag();
    this.fence = from.number();
    this.lateGranted = from.optional();
  }
}

/** What may still go wrong. */
const budgets = ['crashes', 'cuts', 'losses', 'repeats', 'delays', 'topUps', 'loadCrashes'] as const;

/** The whole world at one moment. Everything but generations and gate memories is replaced, never changed in place. */
export class ProtocolState {
  posted = 0;
  version = 1;
  spent = 0;
  gateStanding: (typeof gateStandings)[number] = 'open';
  awaitsComparison = false;
  loadStage: (typeof loadStages)[number] = 'none';
  loadFence = 0;
  reading: LedgerRow | null = null;
  refund: (typeof refundStates)[number] = 'none';
  /** Billing knows that the gate holds the refund. */
  isRefundGranted = false;
  replicaStage: (typeof replicaStages)[number] = 'none';
  crashes = 0;
  cuts = 0;
  losses = 0;
  repeats = 0;
  delays = 0;
  topUps = 0;
  loadCrashes = 0;
  /** Events: `eventOf`. */
  log: readonly number[] = [];
  outbox: readonly LedgerRow[] = [];
  /** A copy of a row that was told already, still on its way. */
  stale: LedgerRow | null = null;
  message: DelayedMessage | null = null;
  readonly cutOff: [boolean, boolean] = [false, false];
  readonly generations: readonly Generation[];
  readonly gate: GateMemory;
  /** Only where a replica may take over. */
  readonly replica: GateMemory | null;

  constructor(private readonly configuration: ProtocolConfiguration) {
    this.generations = configuration.edges.map(() => new Generation());
    this.gate = new GateMemory(configuration.edges.length);
    this.replica = configuration.failsOver ? new GateMemory(configuration.edges.length) : null;
  }

  static first(configuration: ProtocolConfiguration): ProtocolState {
    const state = new ProtocolState(configuration);
    state.posted = configuration.balance;
    for (const budget of budgets) state[budget] = configuration[budget];
    if (configuration.startsLoaded) {
      state.gate.isLoaded = true;
      state.gate.posted = configuration.balance;
      state.gate.version = 1;
    }
    return state;
  }

  generation(index: number): Generation {
    const generation = this.generations[index];
    if (generation === undefined) throw new Error(`there is no generation ${index}`);
    return generation;
  }

  copy(other: ProtocolState): void {
    this.posted = other.posted;
    this.version = other.version;
    this.spent = other.spent;
    this.gateStanding = other.gateStanding;
    this.awaitsComparison = other.awaitsComparison;
    this.loadStage = other.loadStage;
    this.loadFence = other.loadFence;
    this.reading = other.reading;
    this.refund = other.refund;
    this.isRefundGranted = other.isRefundGranted;
    this.replicaStage = other.replicaStage;
    this.crashes = other.crashes;
    this.cuts = other.cuts;
    this.losses = other.losses;
    this.repeats = other.repeats;
    this.delays = other.delays;
    this.topUps = other.topUps;
    this.loadCrashes = other.loadCrashes;
    this.log = other.log;
    this.outbox = other.outbox;
    this.stale = other.stale;
    this.message = other.message;
    this.cutOff[0] = other.cutOff[0];
    this.cutOff[1] = other.cutOff[1];
    for (let index = 0; index < this.generations.length; index++) this.generation(index).copy(other.generation(index));
    this.gate.copy(other.gate);
    if (this.replica !== null && other.replica !== null) this.replica.copy(other.replica);
  }

  write(to: ByteWriter): void {
    for (const value of [this.posted, this.version, this.spent, this.loadFence]) to.number(value);
    to.oneOf(gateStandings, this.gateStanding);
    to.flag(this.awaitsComparison);
    to.oneOf(loadStages, this.loadStage);
    writeRow(to, this.reading);
    to.oneOf(refundStates, this.refund);
    to.flag(this.isRefundGranted);
    to.oneOf(replicaStages, this.replicaStage);
    to.number(this.crashes + 4 * this.cuts + 16 * this.losses);
    to.number(this.repeats + 4 * this.delays + 16 * this.topUps + 64 * this.loadCrashes);
    for (let at = 0; at < this.configuration.logMax; at++) to.number(this.log[at] ?? 0);
    for (let at = 0; at < this.configuration.outboxMax; at++) writeRow(to, this.outbox[at] ?? null);
    writeRow(to, this.stale);
    writeMessage(to, this.message);
    to.number((this.cutOff[0] ? 1 : 0) + 2 * (this.cutOff[1] ? 1 : 0));
    for (const generation of this.generations) generation.write(to);
    this.gate.write(to);
    this.replica?.write(to);
  }

  read(from: ByteReader): void {
    this.posted = from.number();
    this.version = from.number();
    this.spent = from.number();
    this.loadFence = from.number();
    this.gateStanding = from.oneOf(gateStandings);
    this.awaitsComparison = from.flag();
    this.loadStage = from.oneOf(loadStages);
    this.reading = readRow(from);
    this.refund = from.oneOf(refundStates);
    this.isRefundGranted = from.flag();
    this.replicaStage = from.oneOf(replicaStages);
    this.#readBudgets(from);
    this.log = readList(this.configuration.logMax, () => from.number() || null);
    this.outbox = readList(this.configuration.outboxMax, () => readRow(from));
    this.stale = readRow(from);
    this.message = readMessage(from);
    const cutOff = from.number();
    this.cutOff[0] = (cutOff & 1) !== 0;
    this.cutOff[1] = (cutOff & 2) !== 0;
    for (const generation of this.generations) generation.read(from);
    this.gate.read(from);
    this.replica?.read(from);
  }

  #readBudgets(from: ByteReader): void {
    const faults = from.number();
    const others = from.number();
    this.crashes = faults & 3;
    this.cuts = (faults >> 2) & 3;
    this.losses = (faults >> 4) & 3;
    this.repeats = others & 3;
    this.delays = (others >> 2) & 3;
    this.topUps = (others >> 4) & 3;
    this.loadCrashes = (others >> 6) & 3;
  }
}

/** Of so many places, those that are taken. */
function readList<Value>(places: number, read: () => Value | null): Value[] {
  const values: Value[] = [];
  for (let place = 0; place < places; place++) {
    const value = read();
    if (value !== null) values.push(value);
  }
  return values;
}

/** A version is never 0. */
function writeRow(to: ByteWriter, row: LedgerRow | null): void {
  to.number(row?.version ?? 0);
  to.number(row?.posted ?? 0);
  to.number(row?.spent ?? 0);
  to.number(row?.holds ?? 0);
}

function readRow(from: ByteReader): LedgerRow | null {
  const version = from.number();
  const row = { version, posted: from.number(), spent: from.number(), holds: from.number() };
  return version === 0 ? null : row;
}

function writeMessage(to: ByteWriter, message: DelayedMessage | null): void {
  to.number(message === null ? 0 : messageKinds.indexOf(message.kind) + 1);
  to.number(message === null ? 0 : message.index + 4 * message.amount + 64 * message.confirmedAgo);
}

function readMessage(from: ByteReader): DelayedMessage | null {
  const kind = messageKinds[from.number() - 1];
  const rest = from.number();
  if (kind === undefined) return null;
  return { kind, index: rest & 3, amount: (rest >> 2) & 15, confirmedAgo: rest >> 6 };
}

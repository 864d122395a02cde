import type { ProtocolConfiguration } from './protocol-configurations.js';
import { ProtocolGate } from './protocol-gate.js';
import type { ProtocolRulesInForce } from './protocol-rules.js';
import { ProtocolState } from './protocol-state.js';

/** One atomic step of one party: a script of the gate, a commit of the ledger, an append to the log, a fault. */
export interface ProtocolStep {
  readonly name: string;
  /** The generation, the edge or the number of events that it is about. */
  readonly index: number;
  readonly amount: number;
  /** Not a fault and not a new request: where none of these is left, the world has come to rest. */
  readonly isProgress: boolean;
}

/** Called for each step that may be next, with what the world becomes; `violation` is '' while no promise is broken. */
export type StepListener = (step: ProtocolStep, next: ProtocolState, violation: string) => void;

/** The events of a generation, as numbers: a final says whether it is of the gate's present epoch. */
export const eventOf = {
  opened: (index: number) => 4 + index,
  final: (index: number) => 8 + index,
  olderFinal: (index: number) => 24 + index,
} as const;

export function indexOfEvent(event: number): number {
  return event & 3;
}

/** What all parties share: the world as it stands, the draft of the next one, and what both come to. */
export class ProtocolStepper {
  readonly gate: ProtocolGate;
  readonly now: ProtocolState;
  /** Set before `take` when the step itself breaks a promise. */
  violation = '';
  private readonly next: ProtocolState;

  constructor(
    readonly configuration: ProtocolConfiguration,
    readonly rules: ProtocolRulesInForce,
    private readonly onStep: StepListener,
  ) {
    this.gate = new ProtocolGate(rules, configuration);
    this.now = new ProtocolState(configuration);
    this.next = new ProtocolState(configuration);
  }

  get generations(): number {
    return this.configuration.edges.length;
  }

  edgeOf(index: number): 0 | 1 {
    return this.configuration.edges[index] === 1 ? 1 : 0;
  }

  /** A copy of the world as it stands; the draft before is gone. */
  draft(): ProtocolState {
    this.next.copy(this.now);
    return this.next;
  }

  /** The draft is what the world becomes. */
  take(name: string, isProgress: boolean, index = 0, amount = 0): void {
    this.onStep({ name, index, amount, isProgress }, this.next, this.violation);
    this.violation = '';
  }

  /** The edge runs, reaches the gate, and would renew. */
  lives(index: number): boolean {
    const { phase } = this.now.generation(index);
    const runs = phase === 'asked' || phase === 'running' || phase === 'final';
    return runs && !this.now.cutOff[this.edgeOf(index)];
  }

  reaches(index: number): boolean {
    return !this.now.cutOff[this.edgeOf(index)] && this.gate.answers(this.now);
  }

  /** False when the log is as long as the world allows. */
  append(state: ProtocolState, event: number): boolean {
    if (state.log.length >= this.configuration.logMax) return false;
    state.log = [...state.log, event];
    return true;
  }

  /** Tells the gate of a commit, later; false when too much waits already. A commit that moves nothing has no version. */
  tellLater(state: ProtocolState, holds: number, movesMoney = true): boolean {
    if (state.outbox.length >= this.configuration.outboxMax) return false;
    if (movesMoney) state.version++;
    const { posted, version, spent } = state;
    state.outbox = [...state.outbox, { posted, version, spent, holds }];
    return true;
  }

  isToldOf(state: ProtocolState, holds: number): boolean {
    return state.outbox.some((row) => (row.holds & holds) !== 0);
  }
}

export function hasFinal(state: ProtocolState, index: number): boolean {
  return state.log.includes(eventOf.final(index)) || state.log.includes(eventOf.olderFinal(index));
}

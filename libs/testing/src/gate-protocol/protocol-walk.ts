import type { ProtocolConfigurationName } from './protocol-configurations.js';
import { describeStep, openProtocol, takeAllSteps } from './protocol-search.js';
import { ProtocolState } from './protocol-state.js';
import type { ProtocolStep, ProtocolStepper } from './protocol-stepper.js';

/** Taken once: in the context of a test, a global is looked up each time. */
const { max } = Math;

export interface WalkedStep {
  readonly step: ProtocolStep;
  readonly before: ProtocolState;
}

/** One history of the model, step by step: what a real gate is driven with. */
export class ProtocolWalk {
  readonly history: string[] = [];
  readonly #stepper: ProtocolStepper;
  #next: { readonly step: ProtocolStep; readonly state: ProtocolState }[] = [];

  constructor(configuration: ProtocolConfigurationName) {
    this.#stepper = openProtocol({ configuration, without: null }, (step, next) => {
      this.#next.push({ step, state: copyOf(next, this.#stepper) });
    });
    this.#stepper.now.copy(ProtocolState.first(this.#stepper.configuration));
  }

  get state(): ProtocolState {
    return this.#stepper.now;
  }

  /** The gate's rules, to ask what it answers in a state. */
  get gate(): ProtocolStepper['gate'] {
    return this.#stepper.gate;
  }

  get cap(): number {
    return this.#stepper.configuration.cap;
  }

  reaches(index: number): boolean {
    return this.#stepper.reaches(index);
  }

  /** The `choice`-th of the steps that may be next, counted on from the first again; null when the world is at rest. */
  take(choice: number, allows: (step: ProtocolStep) => boolean = () => true): WalkedStep | null {
    this.#next = [];
    takeAllSteps(this.#stepper);
    const next = this.#next.filter(({ step }) => allows(step));
    const chosen = next[choice % max(next.length, 1)];
    if (chosen === undefined) return null;
    const before = copyOf(this.#stepper.now, this.#stepper);
    this.#stepper.now.copy(chosen.state);
    this.history.push(describeStep(chosen.step));
    return { step: chosen.step, before };
  }
}

function copyOf(state: ProtocolState, { configuration }: ProtocolStepper): ProtocolState {
  const copy = new ProtocolState(configuration);
  copy.copy(state);
  return copy;
}

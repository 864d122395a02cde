import { ByteReader, ByteWriter } from './protocol-bytes.js';
import { edgeSteps } from './protocol-edges.js';
import { billingSteps, reaperSteps } from './protocol-billing.js';
import { protocolConfigurations, type ProtocolConfigurationName } from './protocol-configurations.js';
import { lossSteps } from './protocol-losses.js';
import { brokenPromise, stuckPromise } from './protocol-promises.js';
import { rulesWithout, type ProtocolRule } from './protocol-rules.js';
import { ProtocolState } from './protocol-state.js';
import { ProtocolStepper, type ProtocolStep, type StepListener } from './protocol-stepper.js';
import { SeenStates } from './seen-states.js';

export interface ProtocolSearch {
  readonly configuration: ProtocolConfigurationName;
  /** A rule taken out; null = all are in force. */
  readonly without: ProtocolRule | null;
  /** States looked at, nearest first; memory is about 60 bytes for each. */
  readonly statesMax: number;
  /** Ends with the first violation: its history is a shortest one. */
  readonly endsAtViolation: boolean;
}

export interface ProtocolViolation {
  readonly promise: string;
  /** The shortest history that breaks it. */
  readonly history: readonly string[];
  /** The same as choices of a `ProtocolWalk`. */
  readonly choices: readonly number[];
}

export interface ProtocolFinding {
  readonly states: number;
  /** False when there were more states than `statesMax`. */
  readonly isComplete: boolean;
  readonly violations: readonly ProtocolViolation[];
}

/** All parties in one world. */
export function openProtocol(
  { configuration, without }: Pick<ProtocolSearch, 'configuration' | 'without'>,
  onStep: StepListener,
): ProtocolStepper {
  return new ProtocolStepper(protocolConfigurations[configuration], rulesWithout(without), onStep);
}

export function takeAllSteps(stepper: ProtocolStepper): void {
  edgeSteps(stepper);
  reaperSteps(stepper);
  billingSteps(stepper);
  lossSteps(stepper);
}

export function describeStep({ name, index, amount }: ProtocolStep): string {
  return `${name} (${index}${amount === 0 ? '' : `, ${amount}`})`;
}

/** Breadth first, every interleaving: each state once, by its bytes' 64-bit hash. */
export function searchProtocol(search: ProtocolSearch): ProtocolFinding {
  return new BreadthFirst(search, null).run();
}

/** The shortest history that ends with this step, as choices of a `ProtocolWalk`; null when the search comes to none. */
export function choicesTo(stepName: string, search: Omit<ProtocolSearch, 'endsAtViolation'>): readonly number[] | null {
  const { violations } = new BreadthFirst({ ...search, endsAtViolation: true }, stepName).run();
  return violations.find(({ promise }) => promise === stepName)?.choices ?? null;
}

interface Found {
  readonly promise: string;
  readonly at: number;
  /** Place of the last step among those of the state; null = the state itself has come to rest wrongly. */
  readonly step: number | null;
}

class BreadthFirst {
  readonly #seen: SeenStates;
  readonly #stepper: ProtocolStepper;
  readonly #first: Uint8Array;
  readonly #scratch: Uint8Array;
  readonly #found = new Map<string, Found>();
  #at = 0;
  #place = 0;
  #progress = 0;
  #isFull = false;

  constructor(
    private readonly search: ProtocolSearch,
    private readonly wanted: string | null,
  ) {
    this.#stepper = openProtocol(search, (step, next, violation) => this.#take(step, next, violation));
    const { configuration } = this.#stepper;
    const writer = new ByteWriter(new Uint8Array(512));
    ProtocolState.first(configuration).write(writer);
    this.#first = writer.bytes.slice(0, writer.at);
    this.#scratch = new Uint8Array(writer.at);
    this.#seen = new SeenStates(writer.at, search.statesMax);
  }

  run(): ProtocolFinding {
    this.#seen.add(this.#first, 0, 0);
    for (this.#at = 0; this.#at < this.#seen.count; this.#at++) {
      if (this.search.endsAtViolation && this.#found.size > 0) break;
      this.#expand();
    }
    const violations = [...this.#found.values()].map((found) => {
      const choices = this.#choicesTo(found);
      return { promise: found.promise, history: replay(this.search, this.#first, choices), choices };
    });
    return { states: this.#at, isComplete: !this.#isFull && this.#at === this.#seen.count, violations };
  }

  #expand(): void {
    const { now } = this.#stepper;
    now.read(new ByteReader(this.#seen.take(this.#at)));
    this.#place = 0;
    this.#progress = 0;
    takeAllSteps(this.#stepper);
    if (this.#progress > 0) return;
    const promise = stuckPromise(now);
    if (promise !== '') this.#find({ promise, at: this.#at, step: null });
  }

  #take(step: ProtocolStep, next: ProtocolState, violation: string): void {
    const place = this.#place++;
    if (step.name === this.wanted) this.#find({ promise: step.name, at: this.#at, step: place });
    next.write(new ByteWriter(this.#scratch));
    if (this.#seen.isCurrent(this.#scratch)) return;
    const { gate, rules, configuration } = this.#stepper;
    const promise = violation === '' ? brokenPromise(next, gate, { rules, configuration }) : violation;
    if (promise !== '') {
      this.#progress++;
      this.#find({ promise, at: this.#at, step: place });
      return;
    }
    if (step.isProgress) this.#progress++;
    if (this.#seen.count >= this.search.statesMax) this.#isFull = true;
    else this.#seen.add(this.#scratch, this.#at, place);
  }

  /** Once per kind: figures within a promise do not make another one. */
  #find(found: Found): void {
    const kind = found.promise.replaceAll(/-?\d+/g, '#');
    if (!this.#found.has(kind)) this.#found.set(kind, found);
  }

  #choicesTo({ at, step }: Found): readonly number[] {
    const places = this.#seen.pathTo(at);
    return step === null ? places : [...places, step];
  }
}

/** The steps at these places among all that are next, from the beginning. */
function replay(search: ProtocolSearch, first: Uint8Array, places: readonly number[]): string[] {
  const history: string[] = [];
  let [place, wanted] = [0, 0];
  const following = new ProtocolState(protocolConfigurations[search.configuration]);
  const stepper = openProtocol(search, (step, next) => {
    if (place++ !== wanted) return;
    history.push(describeStep(step));
    following.copy(next);
  });
  stepper.now.read(new ByteReader(first));
  for (wanted of places) {
    place = 0;
    takeAllSteps(stepper);
    stepper.now.copy(following);
  }
  return history;
}

import type { EventBatch, LoggedEvent, OutgoingEvent, PoisonEvent } from './event-log.js';

let nextId = 0;

/** An event with whatever the test does not care about. */
export function event(facts: Partial<OutgoingEvent> & { readonly topic: string }): OutgoingEvent {
  return {
    key: 'alpha',
    id: `event-${nextId++}`,
    type: 'thing.happened',
    source: 'contract',
    time: 1_795_334_400_000,
    body: '{"n":1}',
    ...facts,
  };
}

/** Something that a test waits for and that another party opens. */
export class Gate {
  readonly opened: Promise<void>;
  private resolve: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  open(): void {
    this.resolve();
  }
}

/** Takes batches or events, and lets a test wait for them without polling. */
export class EventRecorder {
  readonly events: LoggedEvent[] = [];
  readonly batches: EventBatch[] = [];
  /** Ids of every batch that was handed over, failed ones too. */
  readonly attempts: string[][] = [];
  before: (batch: EventBatch) => void = () => undefined;
  poison: (one: LoggedEvent) => string | null = () => null;
  private readonly waiters = new Set<() => void>();

  readonly handle = async (batch: EventBatch): Promise<readonly PoisonEvent[]> => {
    this.attempts.push(batch.events.map(({ id }) => id));
    this.before(batch);
    this.batches.push(batch);
    for (const one of batch.events) this.take(one);
    return batch.events.flatMap((one) => {
      const reason = this.poison(one);
      return reason === null ? [] : [{ event: one, reason }];
    });
  };

  readonly take = (one: LoggedEvent): void => {
    this.events.push(one);
    for (const wake of this.waiters) wake();
  };

  ids(): readonly string[] {
    return this.events.map(({ id }) => id).toSorted();
  }

  /** Resolves when so many events have come. */
  count(events: number): Promise<void> {
    return EventRecorder.until([this], () => this.events.length >= events);
  }

  /** Resolves when the recorders together have more than so many. */
  static more(recorders: readonly EventRecorder[], seen: number): Promise<void> {
    return EventRecorder.until(recorders, () => recorders.flatMap(({ events }) => events).length > seen);
  }

  /** Resolves when each of the ids has come to one of the recorders. */
  static all(recorders: readonly EventRecorder[], ids: readonly string[]): Promise<void> {
    return EventRecorder.until(recorders, () => {
      const seen = new Set(recorders.flatMap(({ events }) => events.map(({ id }) => id)));
      return ids.every((id) => seen.has(id));
    });
  }

  private static until(recorders: readonly EventRecorder[], condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        for (const { waiters } of recorders) waiters.delete(check);
        resolve();
      };
      for (const { waiters } of recorders) waiters.add(check);
      check();
    });
  }
}

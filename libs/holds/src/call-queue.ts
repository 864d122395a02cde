export interface CallQueueOptions<Operation> {
  /** Sends the operations in one round trip and settles or fails each of them. */
  readonly send: (operations: readonly Operation[]) => Promise<void>;
  /** Operations of one call at most: a call holds the locks of its accounts to its end. */
  readonly operationsMax: number;
  /** Calls on their way at most. What comes meanwhile goes together in the next one. */
  readonly callsMax: number;
}

/**
 * Gathers what is asked in one turn of the event loop into one call, and, while as many calls as allowed are on their
 * way, what is asked until one returns: under load the calls become larger, not more.
 */
export class CallQueue<Operation> {
  private waiting: Operation[] = [];
  private running = new Set<Promise<void>>();
  private scheduled = false;

  constructor(private readonly options: CallQueueOptions<Operation>) {}

  push(operation: Operation): void {
    this.waiting.push(operation);
    if (this.scheduled || this.running.size >= this.options.callsMax) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.startCalls();
    });
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async drained(): Promise<void> {
    while (this.waiting.length > 0 || this.running.size > 0) {
      this.startCalls();
      await Promise.all(this.running);
    }
  }

  private startCalls(): void {
    while (this.waiting.length > 0 && this.running.size < this.options.callsMax) {
      const operations = this.waiting.splice(0, this.options.operationsMax);
      const call = this.options.send(operations).finally(() => {
        this.running.delete(call);
        this.startCalls();
      });
      this.running.add(call);
    }
  }
}

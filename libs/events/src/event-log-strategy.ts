import { Catch, type ExceptionFilter } from '@nestjs/common';
import { noTracing, type Tracing } from '@apilink/service';
import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom, throwError, type Observable } from 'rxjs';

import type { EventBatch, EventLog, PoisonEvent, Subscription } from './event-log.js';
import { TracedBatch } from './traced-batch.js';

export interface EventLogStrategyOptions {
  readonly log: EventLog;
  /** All handlers of one strategy consume as members of this group. */
  readonly group: string;
  /** At most this many events in one call (500): one database transaction each. */
  readonly batchMax?: number;
  /** Events of sampled traces are handled under a span each; default: none. */
  readonly tracing?: Tracing;
}

const BATCH_MAX = 500;

/** Topic and partition of the batch under way, for interceptors. */
export class EventBatchContext extends BaseRpcContext<[topic: string, partition: number]> {
  get topic(): string {
    return this.args[0];
  }

  get partition(): number {
    return this.args[1];
  }
}

/**
 * Feeds methods marked `@EventPattern(topic)` with whole batches of an `EventLog`. Such a method takes an `EventBatch`
 * and resolves with the `PoisonEvent`s of it (or nothing); when it rejects, the same batch comes again. Nest's own Kafka
 * transport knows neither batches nor dead letters, and restarts the consumer for ever on a handler's error.
 */
export class EventLogStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private subscription: Subscription | null = null;

  constructor(private readonly options: EventLogStrategyOptions) {
    super();
  }

  /** Nest does not wait for the promise; it takes an error through the callback, and the start fails with it. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.subscribeAll();
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  /** Finishes the running batches. The log belongs to who made it, and stays open. */
  async close(): Promise<void> {
    const running = this.subscription;
    this.subscription = null;
    await running?.stop();
  }

  on(): never {
    throw new Error('an event log has no transport events');
  }

  unwrap(): never {
    throw new Error('inject the event log itself');
  }

  private async subscribeAll(): Promise<void> {
    const { log, group, batchMax = BATCH_MAX } = this.options;
    const topics = [...this.messageHandlers.keys()];
    for (const [topic, handler] of this.messageHandlers) {
      if (handler.isEventHandler !== true) throw new Error(`${topic}: an event log has no requests, use @EventPattern`);
      if (handler.next !== undefined) throw new Error(`${topic}: one group has one handler of a topic`);
    }
    if (topics.length === 0) return;
    this.subscription = await log.subscribe({ group, topics, batchMax }, (batch) => this.deliver(batch));
  }

  private async deliver(batch: EventBatch): Promise<readonly PoisonEvent[]> {
    const { group, tracing = noTracing } = this.options;
    const traced = new TracedBatch(batch, { tracing, group });
    try {
      return traced.handled(await this.handleBatch(traced.batch));
    } catch (error) {
      traced.failed();
      throw error;
    }
  }

  private async handleBatch(batch: EventBatch): Promise<readonly PoisonEvent[]> {
    const handler = this.messageHandlers.get(batch.topic);
    if (handler === undefined) throw new Error(`no handler takes ${batch.topic}`);
    const context = new EventBatchContext([batch.topic, batch.partition]);
    const answer: unknown = await lastValueFrom(this.transformToObservable(handler(batch, context)), {
      defaultValue: undefined,
    });
    if (answer === undefined || answer === null) return [];
    if (Array.isArray(answer) && answer.every(isPoison)) return answer;
    throw new Error(`the handler of ${batch.topic} resolved with something else than poison events`);
  }
}

/**
 * Hands a consumer's error to the event log as it is. Without it Nest logs the error and replaces it by "Internal server
 * error": `@UseFilters(new EventFailureFilter())` on the consumer's class.
 */
@Catch()
export class EventFailureFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

function isPoison(value: unknown): value is PoisonEvent {
  return typeof value === 'object' && value !== null && 'event' in value && 'reason' in value;
}

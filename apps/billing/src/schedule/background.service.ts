import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { EventLogStrategy, OutboxRelay, type EventLog } from '@apilink/events';
import type { PostgresDatabase } from '@apilink/postgres';
import { NestLogger, type Failpoints, type Logger, type Tracing } from '@apilink/service';

import { CONSUMER_GROUP, type BillingServices } from '../billing-services.factory.js';
import { BillingConsumerModule } from '../billing.module.js';
import { GATE_OUTBOX_CHANNEL } from '../gate/gate-outbox.repository.js';
import { RepeatingTask } from './repeating-task.service.js';
import { SoleInstance } from './sole-instance.service.js';

const LATE_INTERVAL_MS = 1_000;
/** Orders of which nothing was heard: the first is asked about two minutes after it was made. */
const RECONCILIATION_INTERVAL_MS = 15_000;
const WEBHOOK_INTERVAL_MS = 1_000;
const FORGET_INTERVAL_MS = 3_600_000;
const REFUND_INTERVAL_MS = 5_000;
const WATCH_INTERVAL_MS = 15_000;
const EPOCH_INTERVAL_MS = 1_000;
const REPAIR_INTERVAL_MS = 3_600_000;
/** NOTIFY only wakes the gate writer; this poll is the truth. */
const GATE_POLL_MS = 200;
/** How long a gate writer that ends goes on telling the gate what waits; another instance tells it the rest. */
const GATE_FINISH_MS = 5_000;

export interface BackgroundParts {
  readonly services: BillingServices;
  readonly database: PostgresDatabase;
  readonly log: EventLog;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
  readonly tracing: Tracing;
  readonly holdExpiryMs: number;
  /** False where the gate is in the ledger's own database and is told by its commits. */
  readonly gateIsApart: boolean;
}

/**
 * What runs beside requests. Consumers and the figures run on every instance; the gate writer on the one that holds its
 * lock; all other tasks on the one that holds the lock of the keeper. Each is safe to run twice all the same.
 */
export class Background {
  readonly #relay: OutboxRelay;
  readonly #gateWriter: SoleInstance;
  readonly #keeper: SoleInstance;
  readonly #delivery: RepeatingTask;
  readonly #tasks: readonly RepeatingTask[];
  #consumers: INestMicroservice | null = null;
  #unlisten: (() => Promise<void>) | null = null;

  constructor(private readonly parts: BackgroundParts) {
    const { services, database, log, logger, failpoints, holdExpiryMs, gateIsApart } = parts;
    this.#relay = new OutboxRelay({ database, schema: 'billing', log, logger, failpoints });
    this.#gateWriter = new SoleInstance(database, 'gate-writer');
    this.#keeper = new SoleInstance(database, 'keeper');
    this.#delivery = this.#task('gate writer', GATE_POLL_MS, () =>
      this.#gateWriter.run((session) => services.gateDelivery.deliver(session)),
    );
    this.#tasks = [
      this.#keeperTask('reaper', holdExpiryMs / 9, () => services.reaper.reap()),
      this.#keeperTask('reaper of unlisted holds', holdExpiryMs / 3, () =>
        this.#unlessQuiet(() => services.reaper.reapUnlisted()),
      ),
      this.#keeperTask('late settlements', LATE_INTERVAL_MS, () =>
        this.#unlessQuiet(() => services.lateSettlements.settlePending()),
      ),
      this.#keeperTask('reconciliation of payments', RECONCILIATION_INTERVAL_MS, () =>
        services.reconciliation.reconcile(),
      ),
      this.#keeperTask('webhooks', WEBHOOK_INTERVAL_MS, () => services.deliveries.work()),
      this.#keeperTask('log of webhooks', FORGET_INTERVAL_MS, () => services.deliveries.forgetOld()),
      this.#keeperTask('refunds', REFUND_INTERVAL_MS, () =>
        this.#unlessQuiet(() => services.refundProgress.advancePending()),
      ),
      this.#task('ledger watch', WATCH_INTERVAL_MS, () => services.watch.look()),
      ...(gateIsApart
        ? [
            this.#keeperTask('epochs of the gate', EPOCH_INTERVAL_MS, () => services.epochWatch.watch()),
            this.#keeperTask('comparison of the gate', REPAIR_INTERVAL_MS, () => services.gateRepair.repair()),
          ]
        : []),
    ];
  }

  async start(): Promise<void> {
    const { services, log, logger, tracing, gateIsApart } = this.parts;
    this.#relay.start();
    this.#consumers = await NestFactory.createMicroservice(BillingConsumerModule.forRoot(services), {
      strategy: new EventLogStrategy({ log, group: CONSUMER_GROUP, tracing }),
      logger: new NestLogger(logger),
      abortOnError: false,
    });
    await this.#consumers.listen();
    for (const task of this.#tasks) task.start();
    if (gateIsApart) await this.#startDelivery();
  }

  /** Finishes running batches and turns, then tells the gate and publishes what stands in the outboxes. */
  async stop(): Promise<void> {
    await this.#consumers?.close();
    await Promise.all(this.#tasks.map((task) => task.stop()));
    await this.#unlisten?.();
    await this.#delivery.stop();
    if (this.parts.gateIsApart) await this.#finishDelivery();
    await this.#relay.stop();
    await Promise.all([this.#keeper.end(), this.#gateWriter.end()]);
  }

  async #startDelivery(): Promise<void> {
    this.#delivery.start();
    this.#unlisten = await this.parts.database.listen(GATE_OUTBOX_CHANNEL, () => this.#delivery.wake());
  }

  async #finishDelivery(): Promise<void> {
    const { services, logger } = this.parts;
    const until = Date.now() + GATE_FINISH_MS;
    try {
      let more: boolean | null = true;
      while (more === true && Date.now() < until) {
        more = await this.#gateWriter.run((session) => services.gateDelivery.deliver(session));
      }
    } catch (error) {
      logger.warn({ err: error }, 'What the gate was not told is left to another instance, or to the next start.');
    }
  }

  /** In the interval after a loss the gate refuses what it would grant later. */
  async #unlessQuiet(run: () => Promise<unknown>): Promise<void> {
    if (!(await this.parts.services.epochWatch.isQuiet())) await run();
  }

  #keeperTask(name: string, intervalMs: number, run: () => Promise<unknown>): RepeatingTask {
    return this.#task(name, intervalMs, () => this.#keeper.run(run));
  }

  #task(name: string, intervalMs: number, run: () => Promise<unknown>): RepeatingTask {
    return new RepeatingTask({ name, intervalMs, run, logger: this.parts.logger });
  }
}

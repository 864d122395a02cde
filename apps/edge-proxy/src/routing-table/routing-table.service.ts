import {
  endpointStateSchema,
  modelPublishedSchema,
  topics,
  type EndpointState,
  type ModelPublished,
} from '@apilink/contracts';
import type { EventLog, Follower, LoggedEvent } from '@apilink/events';
import type { Logger } from '@apilink/service';
import type { z } from 'zod';

import { ModelIndex, routedModel, type RoutedModel } from './routed-model.domain.js';
import type { RoutingSnapshotRepository } from './routing-snapshot.repository.js';

const SNAPSHOT_DELAY_MS = 1_000;
const RECONNECT_MS = 1_000;
/** A circuit is open for 15 s at most and its change is told at once: an older word is a dead router's and keeps nobody out. */
const STATE_MS_MAX = 60_000;

interface ToldState {
  readonly state: EndpointState;
  readonly toldAt: number;
}

/**
 * The routing table and the router's view of health, whole in memory. Followed from the compacted topics; the snapshot
 * on disk serves until the log was read to the end that it had at the start.
 */
export class RoutingTableService {
  #index = new ModelIndex([]);
  #models = new Map<string, RoutedModel>();
  readonly #states = new Map<string, ToldState>();
  #version = 0;
  #isCaughtUp = false;
  #isIndexStale = false;
  #hasSnapshot = false;
  #followers: Follower[] = [];
  #retryTimer: NodeJS.Timeout | null = null;
  #snapshotTimer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    private readonly log: EventLog,
    private readonly snapshot: RoutingSnapshotRepository,
    private readonly logger: Logger,
    private readonly now: () => number,
  ) {}

  /** Resolves when the table may be used: read to the end of the log, or taken from the snapshot while the log is away. */
  async start(): Promise<void> {
    const models = await this.snapshot.read();
    if (models !== null) {
      this.#hasSnapshot = true;
      this.#index = new ModelIndex(models.map((model) => routedModel(model, this.now())));
    }
    try {
      await this.#follow();
    } catch (error) {
      this.logger.warn({ err: error, hasSnapshot: this.#hasSnapshot }, 'the routing table cannot be read from the log');
      this.#retry();
    }
  }

  /** The sentence for readiness; null when ready. */
  problem(): string | null {
    return this.#isCaughtUp || this.#hasSnapshot ? null : 'the routing table has not been read yet';
  }

  /** With or without the vendor's prefix. */
  find(name: string): RoutedModel | null {
    return this.#current().find(name);
  }

  all(): readonly RoutedModel[] {
    return this.#current().all();
  }

  /** Grows with every change of a model; for ETags. */
  get version(): number {
    return this.#version;
  }

  /** The router's view; null for an endpoint that it has not told of lately. */
  stateOf(endpointId: string): EndpointState | null {
    const told = this.#states.get(endpointId);
    return told === undefined || this.now() - told.toldAt > STATE_MS_MAX ? null : told.state;
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    await this.#stopFollowing();
    if (this.#snapshotTimer !== null) {
      clearTimeout(this.#snapshotTimer);
      this.#writeSnapshot();
    }
    await this.#writing;
  }

  async #follow(): Promise<void> {
    const seen = new Map<string, RoutedModel>();
    const routing = await this.log.follow(topics.routing.name, (event) => {
      this.#takeModel(event, seen);
      if (this.#models === seen) this.#changed();
    });
    this.#followers.push(routing);
    const health = await this.log.follow(topics.healthState.name, (event) => this.#takeState(event));
    this.#followers.push(health);
    await Promise.all([routing.caughtUp, health.caughtUp]);
    // Only what the log still has: a model removed while this edge was away leaves with the snapshot.
    this.#models = seen;
    this.#isCaughtUp = true;
    this.#changed();
  }

  #retry(): void {
    if (this.#isClosed) return;
    this.#retryTimer = setTimeout(() => {
      this.#stopFollowing()
        .then(async () => this.#follow())
        .catch((error: unknown) => {
          this.logger.warn({ err: error }, 'the routing table cannot be read from the log');
          this.#retry();
        });
    }, RECONNECT_MS);
  }

  async #stopFollowing(): Promise<void> {
    const followers = this.#followers;
    this.#followers = [];
    await Promise.allSettled(followers.map(async (follower) => follower.stop()));
  }

  #takeModel(event: LoggedEvent, models: Map<string, RoutedModel>): void {
    if (event.body === null) {
      models.delete(event.key);
      return;
    }
    const model = this.#parse(modelPublishedSchema, event, event.body);
    if (model !== null) models.set(event.key, routedModel(model, this.now()));
  }

  #takeState(event: LoggedEvent): void {
    const state = event.body === null ? null : this.#parse(endpointStateSchema, event, event.body);
    if (state === null) this.#states.delete(event.key);
    // A router whose clock is ahead of ours does not make its word last longer.
    else this.#states.set(event.key, { state, toldAt: Math.min(event.time, this.now()) });
  }

  /** An event that cannot be read leaves what is known of its key. */
  #parse<Schema extends z.ZodType>(schema: Schema, event: LoggedEvent, body: string): z.output<Schema> | null {
    try {
      return schema.parse(JSON.parse(body));
    } catch (error) {
      this.logger.error({ err: error, topic: event.topic, key: event.key, eventId: event.id }, 'unreadable event');
      return null;
    }
  }

  #changed(): void {
    this.#version++;
    this.#isIndexStale = true;
    this.#snapshotTimer ??= setTimeout(() => this.#writeSnapshot(), SNAPSHOT_DELAY_MS);
  }

  #writeSnapshot(): void {
    this.#snapshotTimer = null;
    this.#writing = this.#writeAfter(this.#writing);
  }

  /** One write after the other; never rejects. */
  async #writeAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    try {
      const models = [...this.#models.values()].map(({ published }): ModelPublished => published);
      await this.snapshot.write(models, this.now());
    } catch (error) {
      this.logger.warn({ err: error }, 'the snapshot of the routing table cannot be written');
    }
  }

  /** Built again at the first use after changes: a start publishes hundreds of models one by one. */
  #current(): ModelIndex {
    if (this.#isIndexStale) {
      this.#index = new ModelIndex(this.#models.values());
      this.#isIndexStale = false;
    }
    return this.#index;
  }
}

import {
  endpointStateSchema,
  modelPublishedSchema,
  topics,
  type EndpointState,
  type ModelPublished,
} from '@apilink/contracts';
import type { EventLog, Follower, LoggedEvent } from '@apilink/events';
import { ApiError, type Logger } from '@apilink/service';
import type { z } from 'zod';

import { within } from '../metering/patience.service.js';
import { ModelIndex, routedModel, type RoutedModel } from './routed-model.domain.js';
import type { RoutingSnapshotRepository } from './routing-snapshot.repository.js';

const SNAPSHOT_DELAY_MS = 1_000;
/** How long a start waits for the log; afterwards it serves its snapshot, or stays unready, and goes on reading. */
export const startPatienceMs: StartPatience = { withSnapshot: 2_000, without: 10_000 };
const RECONNECT_MS = 1_000;
/** A circuit is open for 15 s at most and its change is told at once: an older word is a dead router's and keeps nobody out. */
const STATE_MS_MAX = 60_000;

export interface StartPatience {
  readonly withSnapshot: number;
  readonly without: number;
}

export interface RoutingTableOptions {
  readonly now: () => number;
  readonly patienceMs: StartPatience;
}

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
    private readonly options: RoutingTableOptions,
  ) {}

  /**
   * Resolves when the table was read to the end of the log, or when the log lets wait too long: then `problem` tells
   * whether the snapshot serves meanwhile.
   */
  async start(): Promise<void> {
    const models = await this.snapshot.read();
    if (models !== null) {
      this.#hasSnapshot = true;
      this.#index = new ModelIndex(models.map((model) => routedModel(model, this.options.now())));
    }
    const { withSnapshot, without } = this.options.patienceMs;
    if ((await within(this.#hasSnapshot ? withSnapshot : without, this.#followOn())) === 'late') {
      this.logger.warn({ hasSnapshot: this.#hasSnapshot }, 'the event log does not give the routing table yet');
    }
  }

  /** The sentence for readiness; null when ready. */
  problem(): string | null {
    return this.#isCaughtUp || this.#hasSnapshot ? null : 'the routing table has not been read yet';
  }

  /** Throws an ApiError while there is no table: nobody can say then that a model does not exist. */
  mustBeRead(): void {
    const detail = this.problem();
    if (detail !== null) throw new ApiError('server_is_overloaded', { detail });
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
    return told === undefined || this.options.now() - told.toldAt > STATE_MS_MAX ? null : told.state;
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

  /** Never rejects: a log that cannot be read now is read later. */
  async #followOn(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      this.logger.warn({ err: error, hasSnapshot: this.#hasSnapshot }, 'the routing table cannot be read from the log');
      this.#retry();
    }
  }

  async #follow(): Promise<void> {
    const seen = new Map<string, RoutedModel>();
    const routing = await this.#followed(topics.routing.name, (event) => {
      this.#takeModel(event, seen);
      if (this.#models === seen) this.#changed();
    });
    let isLive = false;
    const health = await this.#followed(topics.healthState.name, (event) => this.#takeState(event, isLive));
    await Promise.all([routing.caughtUp, health.caughtUp]);
    isLive = true;
    // Only what the log still has: a model removed while this edge was away leaves with the snapshot.
    this.#models = seen;
    this.#isCaughtUp = true;
    this.#changed();
  }

  async #followed(topic: string, handle: (event: LoggedEvent) => void): Promise<Follower> {
    const follower = await this.log.follow(topic, handle);
    this.#followers.push(follower);
    // A log that was away for long may begin to follow when nobody is there any more.
    if (this.#isClosed) await this.#stopFollowing();
    return follower;
  }

  #retry(): void {
    if (this.#isClosed) return;
    this.#retryTimer = setTimeout(() => {
      void this.#stopFollowing().then(async () => this.#followOn());
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
    if (model !== null) models.set(event.key, routedModel(model, this.options.now()));
  }

  /**
   * What comes live was said now, whatever the router's clock shows. What the log had already is as old as it says, and
   * a clock ahead of ours does not make it last longer.
   */
  #takeState(event: LoggedEvent, isLive: boolean): void {
    const state = event.body === null ? null : this.#parse(endpointStateSchema, event, event.body);
    const now = this.options.now();
    if (state === null) this.#states.delete(event.key);
    else this.#states.set(event.key, { state, toldAt: isLive ? now : Math.min(event.time, now) });
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
      await this.snapshot.write(models, this.options.now());
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

import { topics, type EndpointAttempts, type EndpointState } from '@apilink/contracts';
import {
  encodeEvent,
  encodeTombstone,
  type EventLog,
  type Follower,
  type LoggedEvent,
  type OutgoingEvent,
} from '@apilink/events';
import { uuidV7, type Logger } from '@apilink/service';

import type { Clock } from '../router.config.js';
import { EndpointHealth } from './endpoint-health.domain.js';

const TICK_MS = 1_000;
/** Figures move all the time; a change of the circuit alone is worth saying at once. */
const FIGURES_EVERY_MS = 5_000;
/** What has not changed is said again so often: who hears nothing for longer knows that nobody says so any more. */
const REPEAT_MS = 20_000;
/** Nobody has repeated a state for this long: who said it is gone, and nobody calls the endpoint. */
const ORPHANED_MS = 5 * 60_000;
/** Headers that tell which router said it, and the last second that edges reported to it (ms since the epoch). */
const SAID_BY = 'said_by';
const REPORTED = 'reported_second';
const ENDPOINTS_MAX = 20_000;

interface Said {
  readonly state: EndpointState;
  readonly at: number;
}

export interface HealthServiceOptions {
  readonly log: Pick<EventLog, 'publish' | 'follow'>;
  readonly logger: Logger;
  readonly now: Clock;
}

/**
 * Merges what all edges report and publishes a state per endpoint. All of it is in memory: after a restart, or when
 * another router takes a partition over, half an hour of figures begins anew and edges go on with their own view. Routers
 * hear each other: one whose partition has moved leaves its endpoints to the other, and what a dead one said is withdrawn.
 */
export class HealthService {
  readonly #endpoints = new Map<string, EndpointHealth>();
  readonly #said = new Map<string, Said>();
  /** The last second of each endpoint that edges reported to this router; when another router last spoke of one. */
  readonly #reported = new Map<string, number>();
  readonly #othersSaidAt = new Map<string, number>();
  readonly #name = uuidV7();
  #follower: Follower | null = null;
  #timer: NodeJS.Timeout | null = null;
  #publishing: Promise<void> = Promise.resolve();

  constructor(private readonly options: HealthServiceOptions) {}

  /** Resolves when the other routers are heard. */
  async start(): Promise<void> {
    this.#follower = await this.options.log.follow(topics.healthState.name, (event) => this.hear(event));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#follower?.stop();
    await this.#publishing;
  }

  /**
   * Another router's word about an endpoint. Who knows the later report has the endpoint (edges' seconds, which both see
   * alike); the other one forgets it, and is told at once if it does not know yet.
   */
  hear({ key: endpointId, body, headers }: LoggedEvent): void {
    const other = headers?.[SAID_BY] ?? '';
    if (other === this.#name) return;
    const mine = this.#reported.get(endpointId);
    const theirs = Number(headers?.[REPORTED] ?? 0);
    if (mine === undefined || theirs > mine || (theirs === mine && other > this.#name)) {
      this.#forget(endpointId);
      if (body === null) this.#othersSaidAt.delete(endpointId);
      else this.#othersSaidAt.set(endpointId, this.options.now());
    } else this.#said.delete(endpointId);
  }

  record(attempts: EndpointAttempts): void {
    const now = this.options.now();
    const known = this.#endpoints.get(attempts.endpointId);
    if (!known && this.#endpoints.size >= ENDPOINTS_MAX) return;
    const endpoint = known ?? new EndpointHealth(attempts.endpointId, now);
    this.#endpoints.set(attempts.endpointId, endpoint);
    const before = this.#reported.get(attempts.endpointId) ?? 0;
    this.#reported.set(attempts.endpointId, Math.max(before, attempts.second));
    this.#othersSaidAt.delete(attempts.endpointId);
    endpoint.record(attempts, now);
  }

  /** The state that was published last; null for an endpoint that nobody has reported. */
  stateOf(endpointId: string): EndpointState | null {
    return this.#said.get(endpointId)?.state ?? null;
  }

  /** Publishes what has changed; public for tests, which own the clock. */
  async publishChanges(): Promise<void> {
    const now = this.options.now();
    const states: EndpointState[] = [];
    const idle: string[] = [];
    for (const [endpointId, endpoint] of this.#endpoints) {
      if (endpoint.isIdle(now)) idle.push(endpointId);
      else {
        const state = endpoint.stateAt(now);
        if (isNews(this.#said.get(endpointId), state, now)) states.push(state);
      }
    }
    for (const [endpointId, at] of this.#othersSaidAt) if (now - at > ORPHANED_MS) idle.push(endpointId);
    if (states.length + idle.length === 0) return;
    await this.options.log.publish([
      ...states.map((state) => this.#stateEvent(state, now)),
      ...idle.map((endpointId) => this.#idleEvent(endpointId, now)),
    ]);
    for (const state of states) this.#said.set(state.endpointId, { state, at: now });
    for (const endpointId of idle) {
      this.#othersSaidAt.delete(endpointId);
      this.#forget(endpointId);
    }
  }

  #forget(endpointId: string): void {
    this.#said.delete(endpointId);
    this.#endpoints.delete(endpointId);
    this.#reported.delete(endpointId);
  }

  #tick(): void {
    this.#publishing = this.#publishing
      .then(() => this.publishChanges())
      .catch((error: unknown) => {
        this.options.logger.warn(
          { err: error },
          'The health of endpoints could not be published; the next second tries again.',
        );
      });
  }

  #stateEvent(body: EndpointState, time: number): OutgoingEvent {
    const envelope = { key: body.endpointId, id: uuidV7(time), source: 'router', time };
    return this.#signed(encodeEvent(topics.healthState, { ...envelope, type: 'endpoint.state', body }));
  }

  #idleEvent(endpointId: string, time: number): OutgoingEvent {
    const envelope = { key: endpointId, id: uuidV7(time), source: 'router', time };
    return this.#signed(encodeTombstone(topics.healthState, { ...envelope, type: 'endpoint.state' }));
  }

  #signed(event: OutgoingEvent): OutgoingEvent {
    const reported = String(this.#reported.get(event.key) ?? 0);
    return { ...event, headers: { [SAID_BY]: this.#name, [REPORTED]: reported } };
  }
}

function isNews(said: Said | undefined, state: EndpointState, now: number): boolean {
  if (!said || said.state.circuit !== state.circuit || said.state.reason !== state.reason) return true;
  if (now - said.at >= REPEAT_MS) return true;
  return now - said.at >= FIGURES_EVERY_MS && JSON.stringify(said.state) !== JSON.stringify(state);
}

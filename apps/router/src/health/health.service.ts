import { topics, type EndpointAttempts, type EndpointState } from '@apilink/contracts';
import { encodeEvent, encodeTombstone, type EventLog, type OutgoingEvent } from '@apilink/events';
import { uuidV7, type Logger } from '@apilink/service';

import type { Clock } from '../router.config.js';
import { EndpointHealth } from './endpoint-health.domain.js';

const TICK_MS = 1_000;
/** Figures move all the time; a change of the circuit alone is worth saying at once. */
const FIGURES_EVERY_MS = 5_000;
const ENDPOINTS_MAX = 20_000;

interface Said {
  readonly state: EndpointState;
  readonly at: number;
}

export interface HealthServiceOptions {
  readonly log: Pick<EventLog, 'publish'>;
  readonly logger: Logger;
  readonly now: Clock;
}

/**
 * Merges what all edges report and publishes a state per endpoint. All of it is in memory: after a restart, or when
 * another router takes a partition over, half an hour of figures begins anew and edges go on with their own view.
 */
export class HealthService {
  readonly #endpoints = new Map<string, EndpointHealth>();
  readonly #said = new Map<string, Said>();
  #timer: NodeJS.Timeout | null = null;
  #publishing: Promise<void> = Promise.resolve();

  constructor(private readonly options: HealthServiceOptions) {}

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#publishing;
  }

  record(attempts: EndpointAttempts): void {
    const now = this.options.now();
    const known = this.#endpoints.get(attempts.endpointId);
    if (!known && this.#endpoints.size >= ENDPOINTS_MAX) return;
    const endpoint = known ?? new EndpointHealth(attempts.endpointId, now);
    this.#endpoints.set(attempts.endpointId, endpoint);
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
    if (states.length + idle.length === 0) return;
    await this.options.log.publish([
      ...states.map((state) => this.#stateEvent(state, now)),
      ...idle.map((endpointId) => this.#idleEvent(endpointId, now)),
    ]);
    for (const state of states) this.#said.set(state.endpointId, { state, at: now });
    for (const endpointId of idle) {
      this.#said.delete(endpointId);
      this.#endpoints.delete(endpointId);
    }
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
    return encodeEvent(topics.healthState, { ...envelope, type: 'endpoint.state', body });
  }

  #idleEvent(endpointId: string, time: number): OutgoingEvent {
    const envelope = { key: endpointId, id: uuidV7(time), source: 'router', time };
    return encodeTombstone(topics.healthState, { ...envelope, type: 'endpoint.state' });
  }
}

function isNews(said: Said | undefined, state: EndpointState, now: number): boolean {
  if (!said || said.state.circuit !== state.circuit || said.state.reason !== state.reason) return true;
  return now - said.at >= FIGURES_EVERY_MS && JSON.stringify(said.state) !== JSON.stringify(state);
}

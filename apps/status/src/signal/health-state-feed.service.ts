import { topics } from '@apilink/contracts';
import { decodeEvent, type EventLog, type Follower, type LoggedEvent } from '@apilink/events';
import type { Logger } from '@apilink/service';

import type { EndpointNews } from '../component/component.domain.js';

/** How often a log that could not be opened is tried again, and one that is open is asked whether it still answers. */
const LOOK_MS = 5_000;
/** So long is waited for an answer; what comes later is taken all the same. */
const ANSWER_MS_MAX = 3_000;

export interface HealthStateFeedOptions {
  /** Opens the event log; asked again while it rejects. */
  readonly openLog: () => Promise<EventLog>;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onNews: (news: EndpointNews) => void;
  readonly onIdle: (endpointId: string, heardAt: number) => void;
  /** The event log answered just now. */
  readonly onSeen: () => void;
}

/** Follows what the router says of endpoints, whenever the event log can be had; it never makes anybody wait. */
export class HealthStateFeed {
  #log: EventLog | null = null;
  #follower: Follower | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #opening: Promise<void> | null = null;
  #isLive = false;
  #isStopped = false;
  #isAway = false;

  constructor(private readonly options: HealthStateFeedOptions) {}

  /** Resolves after the first try. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.look());
    }, LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#looking;
    await this.#follower?.stop();
    await this.#log?.close();
  }

  /** Begins to follow, or asks whether the log still answers; public for tests, which own the clock. */
  async look(): Promise<void> {
    if (this.#isStopped) return;
    try {
      await inTime(this.#follower === null ? this.#follow() : this.#ask());
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway)
        this.options.logger.warn({ err: error }, 'The event log does not answer; the page says since when.');
      this.#isAway = true;
    }
  }

  /** One try at a time, however long it takes. */
  #follow(): Promise<void> {
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #begin(): Promise<void> {
    this.#log ??= await this.options.openLog();
    const follower = await this.#log.follow(topics.healthState.name, (event) => this.#take(event));
    if (this.#isStopped) return follower.stop();
    this.#follower = follower;
    void this.#beLive(follower);
  }

  async #ask(): Promise<void> {
    if (this.#log === null || !this.#isLive) return;
    await this.#log.endOffsets(topics.healthState.name);
    this.options.onSeen();
  }

  /** From the end of what was said before the start, all is news. */
  async #beLive({ caughtUp }: Follower): Promise<void> {
    try {
      await caughtUp;
      this.#isLive = true;
      this.options.onSeen();
    } catch (error) {
      if (!this.#isStopped) this.options.logger.warn({ err: error }, 'The states of endpoints could not be read.');
    }
  }

  /** What is heard live is dated by our clock, for the router's may differ; what was said before, by its own. */
  #take(event: LoggedEvent): void {
    const now = this.options.now();
    const heardAt = this.#isLive ? now : Math.min(event.time, now);
    if (this.#isLive) this.options.onSeen();
    const decoded = decodeEvent(topics.healthState, event);
    switch (decoded.outcome) {
      case 'event': {
        const { endpointId, circuit, uptime30m, firstTokenMs } = decoded.body;
        const firstTokenP50Ms = firstTokenMs?.p50 ?? null;
        this.options.onNews({ endpointId, circuit, uptime30m, firstTokenP50Ms, heardAt, isIdle: false });
        break;
      }
      case 'tombstone':
        this.options.onIdle(event.key, heardAt);
        break;
      case 'unreadable':
        this.options.logger.warn({ reason: decoded.poison.reason }, 'A state of an endpoint cannot be read.');
    }
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | null = null;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    if (timer) clearTimeout(timer);
  }
}

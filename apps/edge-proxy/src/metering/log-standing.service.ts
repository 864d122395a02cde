import type { EventLog } from '@apilink/events';
import type { Logger } from '@apilink/service';

/** Whether the event log takes events, as far as this edge knows. */
export class LogStanding {
  #isAway = false;

  constructor(
    readonly log: EventLog,
    private readonly logger: Logger,
  ) {}

  get isAway(): boolean {
    return this.#isAway;
  }

  noteAway(): void {
    this.#isAway = true;
  }

  noteBack(): void {
    if (this.#isAway) this.logger.info('the event log is back');
    this.#isAway = false;
  }
}

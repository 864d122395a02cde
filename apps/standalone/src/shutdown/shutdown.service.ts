import type { Logger } from '@apilink/service';

interface Stop {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Stopping was asked for while everything was still starting. */
export class StartInterrupted extends Error {
  override readonly name = 'StartInterrupted';
}

/** What has been started, to be stopped in the opposite order, whatever the start had reached. */
export class Shutdown {
  readonly #stops: Stop[] = [];
  #requested = false;
  #running: Promise<boolean> | null = null;

  /** Remembers how to stop something that has just been started. */
  add(name: string, run: () => Promise<void>): void {
    this.#stops.push({ name, run });
  }

  /** Asks a start that still goes on to give up at its next step. */
  request(): void {
    this.#requested = true;
  }

  get requested(): boolean {
    return this.#requested;
  }

  /** Called between two steps of a start. Throws StartInterrupted once stopping was asked for. */
  proceed(): void {
    if (this.#requested) throw new StartInterrupted();
  }

  /**
   * Stops everything; a failing part does not keep the others from stopping. Resolves with false when something could
   * not be handed over. Asked again, it is the same stop.
   */
  run(logger: Logger | null): Promise<boolean> {
    this.#running ??= this.#stopAll(logger);
    return this.#running;
  }

  async #stopAll(logger: Logger | null): Promise<boolean> {
    let clean = true;
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop.run();
      } catch (error) {
        clean = false;
        logger?.error({ err: error, part: stop.name }, 'It did not stop cleanly.');
      }
    }
    return clean;
  }
}

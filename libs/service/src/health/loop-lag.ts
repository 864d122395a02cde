import { monitorEventLoopDelay } from 'node:perf_hooks';

const MEDIAN_MS_MAX = 1_000;
const NANOSECONDS_PER_MS = 1e6;

/** Whether the event loop turns: its median delay since the last question. */
export class LoopLag {
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay>;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: 20 });
    this.#histogram.enable();
  }

  problem(): string | null {
    const medianMs = this.#histogram.percentile(50) / NANOSECONDS_PER_MS;
    this.#histogram.reset();
    return medianMs > MEDIAN_MS_MAX ? `The event loop lags by ${Math.round(medianMs)} ms.` : null;
  }

  stop(): void {
    this.#histogram.disable();
  }
}

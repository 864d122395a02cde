import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
} from 'prom-client';

/** How long a scrape waits for one figure, in ms: well below the 10 s that Prometheus waits for all of them. */
const ASKED_MS_MAX = 500;

/**
 * The metrics of one application, in a registry of its own; every sample carries its `service`. Never a label per
 * account, key or request: labels are closed sets.
 */
export class Metrics {
  readonly registry = new Registry();

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
  }

  counter<Label extends string>(options: Omit<CounterConfiguration<Label>, 'registers'>): Counter<Label> {
    return new Counter({ ...options, registers: [this.registry] });
  }

  gauge<Label extends string>(options: Omit<GaugeConfiguration<Label>, 'registers'>): Gauge<Label> {
    return new Gauge({ ...options, registers: [this.registry] });
  }

  /**
   * A figure that something else is asked for at every scrape. Where that is away, the scrape goes on after ASKED_MS_MAX
   * with the last figure known: metrics are wanted most when a database hangs.
   */
  askedGauge(options: { readonly name: string; readonly help: string; readonly ask: () => Promise<number> }): void {
    const { name, help, ask } = options;
    const gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async () => {
        const asked = ask().then(
          (figure) => gauge.set(figure),
          () => undefined,
        );
        await withinDeadline(asked);
      },
    });
  }

  histogram<Label extends string>(options: Omit<HistogramConfiguration<Label>, 'registers'>): Histogram<Label> {
    return new Histogram({ ...options, registers: [this.registry] });
  }

  /** Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

async function withinDeadline(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | null = null;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ASKED_MS_MAX);
  });
  await Promise.race([work, deadline]);
  if (timer !== null) clearTimeout(timer);
}

import type { Server } from 'node:http';

/** A service as its `main` and the standalone composition see it: one Nest application that knows no other. */
export interface ServiceApplication {
  /** `edge-proxy`, `billing`, … */
  readonly name: string;
  /** Serves the service's paths. The composition hands it requests by `emit('request', …)`; alone it listens itself. */
  readonly server: Server;
  /** Starts consumers and timers; resolves when the service is ready to be asked. */
  start(): Promise<void>;
  /** Null when ready; else the sentence that `/health/ready` gives. */
  readiness(): Promise<string | null>;
  /** Metrics in Prometheus' text format; each application has its own registry. */
  metrics(): Promise<string>;
  /** Refuses new work, finishes what runs, flushes events; at most `deadlineMs`. Rejects when something could not be handed over. */
  drain(deadlineMs: number): Promise<void>;
  /** Closes connections. Call `drain` first. */
  close(): Promise<void>;
}

import { z } from 'zod';

import { eventually, pause } from './instance.js';

export interface LoadOptions {
  /** One request; it is told which. */
  readonly ask: (index: number) => Promise<Response>;
  readonly perSecond: number;
  /** Bounds the load when a story goes wrong. */
  readonly requestsMax?: number;
}

/** What a client saw. */
export interface LoadAnswer {
  /** 0 when there was no answer, or when it broke off. */
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
  /** Null for what was not admitted. */
  readonly generationId: string | null;
  /** By `performance.now()`. */
  readonly askedAt: number;
  readonly tookMs: number;
  /** Of an error body. */
  readonly code: string | null;
}

const errorSchema = z.object({ error: z.looseObject({ code: z.string() }) });
const REQUESTS_MAX = 2000;

/** Requests at a steady rate, each read to its end whatever becomes of those before it. */
export class SteadyLoad {
  readonly answers: LoadAnswer[] = [];
  #asked = 0;
  #isStopped = false;
  readonly #running = new Set<Promise<void>>();
  readonly #asking: Promise<void>;

  constructor(private readonly options: LoadOptions) {
    this.#asking = this.#askOn();
  }

  get asked(): number {
    return this.#asked;
  }

  /** Resolves when that many more requests have been answered: a while that is counted, not slept. */
  async more(count: number, timeoutMs = 60_000): Promise<readonly LoadAnswer[]> {
    const from = this.answers.length;
    await eventually(
      `${count} more answers under load, after ${from}`,
      async () => (this.answers.length >= from + count ? true : null),
      timeoutMs,
    );
    return this.answers.slice(from);
  }

  /** Asks no more, and resolves when all answers have ended. */
  async stop(): Promise<readonly LoadAnswer[]> {
    this.#isStopped = true;
    await this.#asking;
    await Promise.all(this.#running);
    return this.answers;
  }

  async #askOn(): Promise<void> {
    const { perSecond, requestsMax = REQUESTS_MAX } = this.options;
    const startedAt = performance.now();
    while (!this.#isStopped && this.#asked < requestsMax) {
      const index = this.#asked++;
      const asking: Promise<void> = this.#ask(index).finally(() => this.#running.delete(asking));
      this.#running.add(asking);
      await pause(Math.max(0, startedAt + (1000 * this.#asked) / perSecond - performance.now()));
    }
  }

  async #ask(index: number): Promise<void> {
    const askedAt = performance.now();
    const tookMs = (): number => performance.now() - askedAt;
    try {
      const response = await this.options.ask(index);
      const { status, headers } = response;
      const text = await response.text();
      this.answers.push({
        status,
        text,
        retryAfter: headers.get('retry-after'),
        generationId: headers.get('x-generation-id'),
        askedAt,
        tookMs: tookMs(),
        code: status === 200 ? null : codeOf(text),
      });
    } catch (error) {
      this.answers.push({
        status: 0,
        text: String(error),
        retryAfter: null,
        generationId: null,
        askedAt,
        tookMs: tookMs(),
        code: null,
      });
    }
  }
}

function codeOf(text: string): string | null {
  try {
    return errorSchema.parse(JSON.parse(text)).error.code;
  } catch {
    return null;
  }
}

/** How often each status came, and with which code: what a failed story prints. */
export function statusesOf(answers: readonly LoadAnswer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, code, text } of answers) {
    const name = status === 200 ? '200' : `${status} ${code ?? text.slice(0, 80)}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

import type { AttemptClass, EndpointAttempts } from '@apilink/contracts';

const FIRST_TOKEN_SAMPLES_MAX = 200;

export interface FinishedAttempt {
  readonly class: AttemptClass;
  readonly firstTokenMs: number | null;
  readonly outputTokens: number;
  readonly outputMs: number;
}

interface Second {
  readonly counts: Partial<Record<AttemptClass, number>>;
  readonly firstTokenMs: number[];
  outputTokens: number;
  outputMs: number;
}

interface CountedSecond {
  readonly endpointId: string;
  readonly second: number;
  readonly of: Second;
}

/** Counts attempts by endpoint and second; taken out once the second is over. */
export class AttemptCount {
  readonly #seconds = new Map<string, CountedSecond>();

  constructor(private readonly edgeId: string) {}

  add(endpointId: string, attempt: FinishedAttempt, nowMs: number): void {
    const { of } = this.#second(endpointId, Math.floor(nowMs / 1000) * 1000);
    of.counts[attempt.class] = (of.counts[attempt.class] ?? 0) + 1;
    of.outputTokens += attempt.outputTokens;
    of.outputMs += attempt.outputMs;
    if (attempt.firstTokenMs !== null && of.firstTokenMs.length < FIRST_TOKEN_SAMPLES_MAX) {
      of.firstTokenMs.push(attempt.firstTokenMs);
    }
  }

  /** The seconds that ended before `nowMs`; each is given once. */
  takeEnded(nowMs: number): EndpointAttempts[] {
    const taken: EndpointAttempts[] = [];
    for (const [key, { endpointId, second, of }] of this.#seconds) {
      if (second + 1000 > nowMs) continue;
      this.#seconds.delete(key);
      taken.push({ endpointId, edgeId: this.edgeId, second, ...of });
    }
    return taken;
  }

  #second(endpointId: string, second: number): CountedSecond {
    const key = `${second}/${endpointId}`;
    const known = this.#seconds.get(key);
    if (known !== undefined) return known;
    const created: CountedSecond = {
      endpointId,
      second,
      of: { counts: {}, firstTokenMs: [], outputTokens: 0, outputMs: 0 },
    };
    this.#seconds.set(key, created);
    return created;
  }
}

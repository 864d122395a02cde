export type RequestState = 'running' | 'finished' | 'failed' | 'cancelled';

/** What the demo provider saw of one request; the oracle of end-to-end tests. Times are ms since the epoch. */
export interface ObservedRequest {
  readonly id: string;
  /** What it was asked in: `chat`, `responses`, `messages`, `gemini`. */
  readonly dialect: string;
  readonly model: string;
  readonly stream: boolean;
  readonly user: string | null;
  readonly maxTokens: number | null;
  readonly startedAt: number;
  readonly state: RequestState;
  readonly endedAt: number | null;
  /** Tokens written, over all choices. */
  readonly tokens: number;
}

export interface ModelCounts {
  readonly started: number;
  readonly running: number;
  readonly finished: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly tokens: number;
}

export const noCounts: ModelCounts = { started: 0, running: 0, finished: 0, failed: 0, cancelled: 0, tokens: 0 };

export function countStart(counts: ModelCounts): ModelCounts {
  return { ...counts, started: counts.started + 1, running: counts.running + 1 };
}

export function countEnd(counts: ModelCounts, state: Exclude<RequestState, 'running'>, tokens: number): ModelCounts {
  return {
    ...counts,
    running: counts.running - 1,
    [state]: counts[state] + 1,
    tokens: counts.tokens + tokens,
  };
}

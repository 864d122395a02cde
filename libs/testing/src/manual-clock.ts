/** A clock that stands still until a test moves it. `now` may be passed alone where a function is asked for. */
export class ManualClock {
  private ms: number;

  /** Milliseconds since the epoch; by default 2026-11-22T08:00:00.000Z, a Sunday. */
  constructor(startMs: number = Date.UTC(2026, 10, 22, 8)) {
    this.ms = startMs;
  }

  readonly now = (): number => this.ms;

  advance(byMs: number): void {
    if (byMs < 0) throw new Error('time goes forward');
    this.ms += byMs;
  }

  set(ms: number): void {
    this.ms = ms;
  }
}

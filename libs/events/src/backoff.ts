const FIRST_MS = 100;
const MOST_MS = 5_000;

/** How long to wait after the nth failure in a row: 100 ms, doubling to 5 s. */
export function backoffMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), MOST_MS);
}

/**
 * How far random and exhaustive tests go: bounded in CI, long in `npm run test:soak` (SOAK=true). Random ones take their
 * seed from FAST_CHECK_SEED, so that what one run has found is found again; `npm test` draws and prints one.
 */
const isSoak = process.env['SOAK'] === 'true';

/** Of every random history of this run. */
export const proofSeed = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31);

/** Runs, or states, of this run. */
export function proofDepth({ ci, soak }: { readonly ci: number; readonly soak: number }): number {
  return isSoak ? soak : ci;
}

/** What the title of a random test says, so that a failure can be repeated. */
export function proofTitle(runs: number): string {
  return `(${runs} runs, FAST_CHECK_SEED=${proofSeed})`;
}

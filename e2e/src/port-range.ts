import type { PortRange } from '@apilink/local-stack';

const WIDTH = 5_000;

/** Two stories run side by side, and a port is taken only when its process listens: each worker has ports of its own. */
export const portRange: PortRange = rangeOf(Number(process.env['JEST_WORKER_ID'] ?? '1'));

function rangeOf(worker: number): PortRange {
  const from = 20_000 + ((worker - 1) % 2) * (WIDTH + 1_000);
  return { from, to: from + WIDTH };
}

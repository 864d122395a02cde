import type { LoggedEvent, PoisonEvent } from '@apilink/events';
import { sqlState } from '@apilink/postgres';

/**
 * Works on a batch of events. What the tables refuse would stop its partition for ever: the batch is halved, in order,
 * until the refused event stands alone, which is poison then. Anything else (a deadlock, a database that is away) rejects,
 * and the batch comes again.
 */
export async function isolateRefused<Item extends { readonly event: LoggedEvent }>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<readonly PoisonEvent[]>,
): Promise<readonly PoisonEvent[]> {
  const [first] = items;
  if (first === undefined) return [];
  try {
    return await work(items);
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    if (items.length === 1) return [{ event: first.event, reason: refusalOf(error) }];
    const half = Math.ceil(items.length / 2);
    const before = await isolateRefused(items.slice(0, half), work);
    return [...before, ...(await isolateRefused(items.slice(half), work))];
  }
}

/** Classes 22 (data exception) and 23 (integrity constraint) of SQLSTATE: the same event is refused for ever. */
function isRefusedData(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

function refusalOf(error: unknown): string {
  return `refused by the ledger: ${error instanceof Error ? error.message : String(error)}`;
}

import { HoldStoreUnavailable } from './hold-store-unavailable.js';

/**
 * Waits for an answer of the store, but not for longer than `timeoutMs`. Whatever goes wrong is `HoldStoreUnavailable`:
 * to the caller it is the same, nothing is known about the operation.
 */
export async function withDeadline<Result>(answer: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HoldStoreUnavailable(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    if (error instanceof HoldStoreUnavailable) throw error;
    throw new HoldStoreUnavailable(error instanceof Error ? error.message : 'an unknown error', error);
  } finally {
    clearTimeout(timer);
  }
}

import type { AccountId, differencesApi, GenerationId } from '@apilink/contracts';

/** Two figures that should be one, as they are kept. */
export interface FoundDifference {
  readonly kind: differencesApi.DifferenceKind;
  readonly accountId: AccountId;
  readonly generationId: GenerationId | null;
  readonly expected: string;
  readonly found: string;
}

/** What an alert quotes: enough to begin with, the rest is in the table. */
const TOLD_MAX = 5;

/** For the log: counts by kind and the first generations, without amounts of a customer. */
export function differenceFacts(differences: readonly FoundDifference[]) {
  const kinds: Record<string, number> = {};
  for (const { kind } of differences) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { kinds, generationIds: differences.slice(0, TOLD_MAX).map(({ generationId }) => generationId) };
}

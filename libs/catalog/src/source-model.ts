import type { ConfiguredPriceRow } from '@apilink/contracts';

/** A model as one of the packages has it, before it is known which of ours it is. */
export interface SourceModel {
  /** The name that the provider's API takes. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Null where the package does not say. */
  readonly contextLength: number | null;
  readonly maxOutputTokens: number | null;
  readonly readsImages: boolean;
  readonly reasons: boolean;
  /** Empty where the package has no price that we can charge. */
  readonly prices: readonly ConfiguredPriceRow[];
}

/** A package whose data is not what this importer understands; nothing of it is taken then. */
export class CatalogSourceError extends Error {
  override readonly name = 'CatalogSourceError';
}

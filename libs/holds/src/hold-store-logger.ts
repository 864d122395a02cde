import type { Logger } from '@apilink/service';

/** Where a store says that its server is away, back, or not fit for a gate. */
export type HoldStoreLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

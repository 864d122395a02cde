import { paymentsApi } from '@apilink/contracts';
import { z } from 'zod';

import type { SuspenseEntry } from './suspense.domain.js';

/** An entry in its wire form. */
export function wireOfSuspense(entry: SuspenseEntry): z.input<typeof paymentsApi.suspenseSchema> {
  return z.encode(paymentsApi.suspenseSchema, entry);
}

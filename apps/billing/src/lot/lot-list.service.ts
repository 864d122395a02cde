import type { AccountId, lotsApi } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';
import type { z } from 'zod';

import { drawnFenOf, unusedOf } from './lot.domain.js';
import type { LotRecord, LotRepository } from './lot.repository.js';

const LIST_MAX = 500;

type ListedLot = z.output<typeof lotsApi.lotSchema>;

/** Lots as people look at them. */
export class LotListService {
  constructor(
    private readonly database: Database,
    private readonly lots: LotRepository,
  ) {}

  /** Newest first. */
  async list(accountId: AccountId): Promise<readonly ListedLot[]> {
    return (await this.lots.list(this.database, accountId, LIST_MAX)).map(listed);
  }
}

function listed(lot: LotRecord): ListedLot {
  return { ...lot, drawnFen: drawnFenOf(lot), unusedNanoUsd: unusedOf(lot) };
}

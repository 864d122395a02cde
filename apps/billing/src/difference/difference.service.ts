import type { differencesApi } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';

import type { DifferenceQuestion, DifferenceRepository } from './difference.repository.js';

export interface DifferencePage {
  readonly differences: differencesApi.Difference[];
  readonly nextCursor: string | null;
}

/** What the alerts were about, for whoever follows them. */
export class DifferenceService {
  constructor(
    private readonly database: Database,
    private readonly differences: DifferenceRepository,
  ) {}

  async list(question: DifferenceQuestion): Promise<DifferencePage> {
    const differences = await this.differences.list(this.database, question);
    const last = differences.length < question.limit ? undefined : differences.at(-1);
    return { differences, nextCursor: last?.id ?? null };
  }
}

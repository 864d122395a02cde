import { KeyRing, Metrics } from '@apilink/service';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PostgresDatabase } from '@apilink/postgres';
import { migrate } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { IdempotentAnswerRepository } from '../idempotency/idempotent-answer.repository.js';
import { edgeMigrations } from '../migrations/edge-migrations.js';
import { StoredResponseRepository } from '../responses/stored-response.repository.js';
import { KeepingMetrics } from './keeping-metrics.service.js';
import { KeptDatabase } from './kept-database.service.js';
import { KeptSweeper } from './kept-sweeper.service.js';

const ROWS = 250;

let test: TestDatabase;
let app: PostgresDatabase;
let database: KeptDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  await migrate({ url: test.urlFor('edge_owner'), schema: 'edge', migrations: edgeMigrations });
  app = await test.database('edge_app');
  database = new KeptDatabase({
    open: async () => app,
    logger: { warn: () => undefined, info: () => undefined },
  });
  await database.start();
});
afterAll(async () => test.drop());

describe('what is kept no longer', () => {
  it('is deleted in batches, by several edges at once, with its items; all else stays', async () => {
    const stored = new StoredResponseRepository();
    const answers = new IdempotentAnswerRepository();
    const accountId = '01900000-0000-7000-8000-000000000001';
    const sealed = new KeyRing([Buffer.alloc(32, 1)], 'spec').seal(Buffer.from('x'), 'w');
    for (let index = 0; index < ROWS + 1; index++) {
      await stored.save(app, {
        accountId,
        responseId: `resp_${index}`,
        previousResponseId: null,
        sealedInput: sealed,
        sealedResource: sealed,
        inputItemIds: [`msg_${index}`],
        outputItemIds: [`out_${index}`],
        keptMs: index < ROWS ? -1_000 : 60_000,
      });
      await answers.claim(app, {
        accountId,
        keyHash: Buffer.alloc(32, index),
        sealedRequestHash: sealed,
        claimId: '01900000-0000-7000-8000-000000000002',
        leaseMs: 60_000,
        keptMs: index < 200 ? -1_000 : 60_000,
      });
    }
    const metrics = new Metrics('spec');
    const counted = new KeepingMetrics(metrics);
    const kinds = [
      { kind: 'response', deleteOld: async (sql, rowsMax) => stored.deleteOld(sql, rowsMax) },
      { kind: 'idempotent_answer', deleteOld: async (sql, rowsMax) => answers.deleteOld(sql, rowsMax) },
    ] as const satisfies ConstructorParameters<typeof KeptSweeper>[1];
    await Promise.all([1, 2].map(async () => new KeptSweeper(database, kinds, counted).sweep()));
    const left = await app.query('SELECT response_id FROM stored_responses');
    expect(left).toEqual([{ response_id: `resp_${ROWS}` }]);
    const items = await app.query('SELECT item_id FROM stored_items ORDER BY item_id');
    expect(items).toEqual([{ item_id: `msg_${ROWS}` }, { item_id: `out_${ROWS}` }]);
    const [{ count } = { count: '' }] = await app.query<{ count: string }>('SELECT count(*) FROM idempotent_answers');
    expect(Number(count)).toBe(ROWS + 1 - 200);
    const text = await metrics.text();
    expect(text).toMatch(new RegExp(`^apilink_kept_deleted_total\\{kind="response".*\\} ${ROWS}$`, 'm'));
    expect(text).toMatch(/^apilink_kept_deleted_total\{kind="idempotent_answer".*\} 200$/m);
  });

  it('of the tables cannot be changed by the edge’s own role beyond its rows', async () => {
    await expect(app.query('DROP TABLE stored_responses')).rejects.toThrow(/must be owner/);
    await expect(app.query('CREATE TABLE mine (n integer)')).rejects.toThrow(/permission denied/);
  });
});

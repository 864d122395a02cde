import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { arrayParameter, type ArrayElement, type ArrayElementType } from './array-parameter.js';
import { connectDatabase, type PostgresDatabase } from './connect-database.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

describe('an array as a parameter', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let sql: PostgresDatabase;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-array-'));
    server = await startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' } });
    sql = await connectDatabase({ url: server.superuserUrl, schema: 'public', applicationName: 'test' });
  });

  afterAll(async () => {
    await sql.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function arrived(type: ArrayElementType, values: readonly ArrayElement[]): Promise<unknown[]> {
    const rows = await sql.query<{ value: unknown }>(`SELECT value FROM unnest($1::${type}[]) AS v (value)`, [
      arrayParameter(type, values),
    ]);
    return rows.map(({ value }) => value);
  }

  it.each([
    ['quotes and backslashes', ['"', '\\', '\\"', '\\\\n', "'"]],
    ['what an array literal would take for its own', ['{', '}', ',', '{a,b}', '', ' ', 'NULL', 'null']],
    ['line breaks, tabs and characters of all planes', ['a\nb\tc\r', 'ä€𝄞中文']],
    ['nothing at all', [null, '', null]],
    ['no element', []],
  ])('brings texts with %s as they are', async (_what, texts) => {
    expect(await arrived('text', texts)).toEqual(texts);
  });

  it('brings U+FFFD for what no text can keep', async () => {
    expect(await arrived('text', ['a\0b', 'a\ud800b'])).toEqual(['a\ufffdb', 'a\ufffdb']);
  });

  it('brings documents, numbers, instants and truth values as they are', async () => {
    const documents = [{ 'a"\\': ['\\n', { b: null }] }, [], 'text'];
    expect(await arrived('jsonb', [...documents.map((one) => JSON.stringify(one)), null])).toEqual([
      ...documents,
      null,
    ]);
    expect(await arrived('bigint', [9_007_199_254_740_993n, -1n, null, '5'])).toEqual([
      '9007199254740993',
      '-1',
      null,
      '5',
    ]);
    expect(await arrived('timestamptz', ['2026-11-22T08:00:00.123Z'])).toEqual([new Date('2026-11-22T08:00:00.123Z')]);
    expect(await arrived('boolean', [true, false, null])).toEqual([true, false, null]);
    expect(await arrived('uuid', ['019a9d3c-5b1e-7c2d-8f3a-0123456789ab'])).toEqual([
      '019a9d3c-5b1e-7c2d-8f3a-0123456789ab',
    ]);
  });
});

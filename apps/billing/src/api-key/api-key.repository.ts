import type { AccountId, KeyId, WorkspaceId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { ApiKeyRecord } from './api-key.domain.js';

export class ApiKeyRepository {
  async insert(sql: Sql, key: ApiKeyRecord): Promise<void> {
    await sql.query(INSERT_KEY, [key.keyId, ...changeable(key), key.accountId, key.workspaceId, key.keyHash, key.hint]);
  }

  /** Changed caps stand from now on; a period that they did not stand for is not compared with them. */
  async update(sql: Sql, key: ApiKeyRecord): Promise<void> {
    await sql.query(UPDATE_KEY, [key.keyId, ...changeable(key)]);
  }

  /** Locks the row: two changes of one key get two versions. */
  async lock(sql: Sql, keyId: KeyId): Promise<ApiKeyRecord | null> {
    const [row] = await sql.query<ApiKeyRow>(`${SELECT_KEYS} WHERE key_id = $1 FOR NO KEY UPDATE`, [keyId]);
    return row === undefined ? null : keyOf(row);
  }

  async find(sql: Sql, keyId: KeyId): Promise<ApiKeyRecord | null> {
    const [row] = await sql.query<ApiKeyRow>(`${SELECT_KEYS} WHERE key_id = $1`, [keyId]);
    return row === undefined ? null : keyOf(row);
  }

  async findByHash(sql: Sql, keyHash: string): Promise<ApiKeyRecord | null> {
    const [row] = await sql.query<ApiKeyRow>(`${SELECT_KEYS} WHERE key_hash = $1`, [keyHash]);
    return row === undefined ? null : keyOf(row);
  }

  async listOfAccount(sql: Sql, accountId: AccountId): Promise<readonly ApiKeyRecord[]> {
    const rows = await sql.query<ApiKeyRow>(`${SELECT_KEYS} WHERE account_id = $1 ORDER BY key_id`, [accountId]);
    return rows.map(keyOf);
  }
}

interface ApiKeyRow {
  readonly key_id: KeyId;
  readonly account_id: AccountId;
  readonly workspace_id: WorkspaceId;
  readonly name: string;
  readonly key_hash: string;
  readonly hint: string;
  readonly status: 'active' | 'disabled' | 'revoked';
  readonly expires_at: Date | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: string | null;
  readonly concurrency: number | null;
  readonly daily_cap_nano_usd: string | null;
  readonly weekly_cap_nano_usd: string | null;
  readonly monthly_cap_nano_usd: string | null;
  readonly models: readonly string[] | null;
  readonly version: string;
  readonly created_at: Date;
}

const SELECT_KEYS = `SELECT key_id, account_id, workspace_id, name, key_hash, hint, status, expires_at,
  requests_per_minute, tokens_per_minute, concurrency, daily_cap_nano_usd, weekly_cap_nano_usd, monthly_cap_nano_usd,
  models, version, created_at FROM api_keys`;

const INSERT_KEY = `
INSERT INTO api_keys (key_id, name, status, expires_at, requests_per_minute, tokens_per_minute, concurrency,
  daily_cap_nano_usd, weekly_cap_nano_usd, monthly_cap_nano_usd, models, version, account_id, workspace_id, key_hash, hint)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`;

const UPDATE_KEY = `
UPDATE api_keys SET name = $2, status = $3, expires_at = $4, requests_per_minute = $5, tokens_per_minute = $6,
  concurrency = $7, models = $11, version = $12,
  caps_since = CASE WHEN (daily_cap_nano_usd, weekly_cap_nano_usd, monthly_cap_nano_usd)
    IS DISTINCT FROM ($8::bigint, $9::bigint, $10::bigint) THEN now() ELSE caps_since END,
  daily_cap_nano_usd = $8::bigint, weekly_cap_nano_usd = $9::bigint, monthly_cap_nano_usd = $10::bigint
WHERE key_id = $1`;

/** $2 to $12 of both statements. */
function changeable(key: ApiKeyRecord): readonly unknown[] {
  return [
    key.name,
    key.status,
    key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
    key.requestsPerMinute,
    key.tokensPerMinute,
    key.concurrency,
    key.dailyCapNanoUsd?.toString() ?? null,
    key.weeklyCapNanoUsd?.toString() ?? null,
    key.monthlyCapNanoUsd?.toString() ?? null,
    key.models,
    key.version,
  ];
}

function keyOf(row: ApiKeyRow): ApiKeyRecord {
  return {
    keyId: row.key_id,
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    name: row.name,
    keyHash: row.key_hash,
    hint: row.hint,
    status: row.status,
    expiresAt: row.expires_at?.getTime() ?? null,
    requestsPerMinute: row.requests_per_minute,
    tokensPerMinute: row.tokens_per_minute === null ? null : Number(row.tokens_per_minute),
    concurrency: row.concurrency,
    dailyCapNanoUsd: amountOf(row.daily_cap_nano_usd),
    weeklyCapNanoUsd: amountOf(row.weekly_cap_nano_usd),
    monthlyCapNanoUsd: amountOf(row.monthly_cap_nano_usd),
    models: row.models,
    version: Number(row.version),
    createdAt: row.created_at.getTime(),
  };
}

function amountOf(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

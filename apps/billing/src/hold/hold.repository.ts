import type {
  AccountId,
  GenerationId,
  HoldOpened,
  HoldPeriods,
  HoldState,
  KeyId,
  WorkspaceId,
} from '@apilink/contracts';
import type { ListedHold, RenewedHold } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';

import type { EndedHold } from '../settlement/settlement.domain.js';
import { endedColumns, namesOf, openedColumns, parametersOf, replacedNames, unnestOf } from './hold-columns.entity.js';
import type { KnownHold, PinnedPrice } from './hold.domain.js';

/** Holds as settlement, the reaper and the gate's load see them. Receipts are read in `receipt/`. */
export class HoldRepository {
  async find(sql: Sql, generationIds: readonly GenerationId[]): Promise<Map<GenerationId, KnownHold>> {
    const rows = await sql.query<KnownRow>(SELECT_KNOWN, [generationIds]);
    return new Map(rows.map((row) => [row.generation_id, knownHoldOf(row)]));
  }

  /** Opens holds; one that stands already only learns the facts that it lacks. */
  async insertOpened(sql: Sql, holds: readonly HoldOpened[]): Promise<void> {
    if (holds.length === 0) return;
    await sql.query(INSERT_OPENED, parametersOf(openedColumns, holds));
  }

  /**
   * Ends holds, also such that were never opened here. The guard lets a hold end once; a hold that ended in between is a
   * broken lock, and the batch is rolled back.
   */
  async end(sql: Sql, ended: readonly EndedHold[]): Promise<void> {
    if (ended.length === 0) return;
    const [row] = await sql.query<{ count: string }>(END_HOLDS, parametersOf(endedColumns, ended));
    const count = Number(row?.count ?? 0);
    if (count !== ended.length) {
      throw new Error(`${ended.length - count} of ${ended.length} holds ended while their accounts were locked`);
    }
  }

  /** Ends holds without a sign of their edge at charge 0; one that only the gate knew is inserted. Returns the ended. */
  async expire(sql: Sql, holds: readonly RenewedHold[], at: number): Promise<readonly GenerationId[]> {
    if (holds.length === 0) return [];
    const rows = await sql.query<{ generation_id: GenerationId }>(EXPIRE_HOLDS, [
      JSON.stringify(
        holds.map((hold) => ({
          generation_id: hold.holdId,
          account_id: hold.accountId,
          workspace_id: hold.workspaceId,
          key_id: hold.keyId,
          amount_nano_usd: hold.amountNanoUsd.toString(),
          ...periodColumns(hold.periods),
          opened_at: new Date(hold.openedAt).toISOString(),
        })),
      ),
      new Date(at).toISOString(),
    ]);
    return rows.map((row) => row.generation_id);
  }

  /** Open holds that were opened before an instant, in order after a cursor: what the reaper compares with the gate. */
  async listOpenBefore(
    sql: Sql,
    before: number,
    after: RenewedHold | null,
    limit: number,
  ): Promise<readonly RenewedHold[]> {
    const rows = await sql.query<HoldRow>(
      `${SELECT_HOLDS} WHERE state = 'open' AND opened_at < $1
       AND ($2::timestamptz IS NULL OR (opened_at, generation_id) > ($2::timestamptz, $3::uuid))
       ORDER BY opened_at, generation_id LIMIT $4`,
      [
        new Date(before).toISOString(),
        after === null ? null : new Date(after.openedAt).toISOString(),
        after?.holdId ?? null,
        limit,
      ],
    );
    return rows.map(renewedHoldOf);
  }

  async listOpenOfAccount(sql: Sql, accountId: AccountId): Promise<readonly RenewedHold[]> {
    const rows = await sql.query<HoldRow>(`${SELECT_HOLDS} WHERE account_id = $1 AND state = 'open'`, [accountId]);
    return rows.map(renewedHoldOf);
  }

  /** Of holds that the gate lists, those that have ended here: own ones of late settlements and refunds end with those. */
  async findEnded(sql: Sql, listed: readonly GenerationId[]): Promise<readonly GenerationId[]> {
    if (listed.length === 0) return [];
    const rows = await sql.query<{ generation_id: GenerationId }>(SELECT_ENDED, [listed]);
    return rows.map((row) => row.generation_id);
  }

  async countOpen(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ count: string }>("SELECT count(*) AS count FROM holds WHERE state = 'open'");
    return Number(row?.count ?? 0);
  }
}

/** An open hold of the table as a load lists it in the gate. */
export function listedHoldOf(hold: RenewedHold, expiresAt: number): ListedHold {
  return { ...hold, expiresAt, final: false };
}

interface HoldRow {
  readonly generation_id: GenerationId;
  readonly account_id: AccountId;
  readonly workspace_id: WorkspaceId;
  readonly key_id: KeyId;
  readonly model_id: string | null;
  readonly state: HoldState;
  readonly amount_nano_usd: string;
  readonly candidates: readonly PinnedPrice[];
  readonly period_day: string;
  readonly period_week: string;
  readonly period_month: string;
  readonly opened_at: Date;
}

interface KnownRow extends HoldRow {
  readonly claimed: boolean;
}

const HOLD_COLUMNS = `generation_id, account_id, workspace_id, key_id, model_id, state, amount_nano_usd, candidates,
  period_day, period_week, period_month, opened_at`;

const SELECT_HOLDS = `SELECT ${HOLD_COLUMNS} FROM holds`;

const SELECT_KNOWN = `SELECT ${HOLD_COLUMNS},
  state = 'expired' AND EXISTS (SELECT FROM late_settlements l WHERE l.generation_id = holds.generation_id) AS claimed
FROM holds WHERE generation_id = ANY($1::uuid[])`;

const SELECT_ENDED = `
SELECT generation_id FROM holds WHERE generation_id = ANY($1::uuid[]) AND state <> 'open'
UNION ALL
SELECT gate_hold_id FROM late_settlements WHERE gate_hold_id = ANY($1::uuid[]) AND state = 'posted'
UNION ALL
SELECT gate_hold_id FROM refunds WHERE gate_hold_id = ANY($1::uuid[]) AND state IN ('posted', 'voided')`;

function periodsOf(row: HoldRow): HoldPeriods {
  return { day: row.period_day, week: row.period_week, month: row.period_month };
}

function knownHoldOf(row: KnownRow): KnownHold {
  return {
    generationId: row.generation_id,
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    keyId: row.key_id,
    state: row.state,
    amountNanoUsd: BigInt(row.amount_nano_usd),
    modelId: row.model_id,
    candidates: row.candidates,
    periods: periodsOf(row),
    claimed: row.claimed,
  };
}

function renewedHoldOf(row: HoldRow): RenewedHold {
  return {
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    keyId: row.key_id,
    holdId: row.generation_id,
    amountNanoUsd: BigInt(row.amount_nano_usd),
    periods: periodsOf(row),
    openedAt: row.opened_at.getTime(),
  };
}

function periodColumns(periods: HoldPeriods) {
  return { period_day: periods.day, period_week: periods.week, period_month: periods.month };
}

const INSERT_OPENED = `
INSERT INTO holds AS h (${namesOf(openedColumns)}, state)
SELECT *, 'open' FROM ${unnestOf(openedColumns)}
ON CONFLICT (generation_id) DO UPDATE SET model_id = excluded.model_id, candidates = excluded.candidates
  WHERE h.model_id IS NULL`;

const END_HOLDS = `
WITH ended AS (
  INSERT INTO holds AS h (${namesOf(endedColumns)}, settled_at)
  SELECT *, now() FROM ${unnestOf(endedColumns)}
  ON CONFLICT (generation_id) DO UPDATE SET (${replacedNames.join(', ')}, candidates, settled_at)
    = (${replacedNames.map((name) => `excluded.${name}`).join(', ')},
       CASE WHEN h.model_id IS NULL THEN excluded.candidates ELSE h.candidates END, now())
    WHERE h.state = 'open' OR (h.state = 'expired' AND excluded.state = 'late_settled')
  RETURNING 1
)
SELECT count(*) AS count FROM ended`;

const EXPIRE_HOLDS = `
INSERT INTO holds AS h (generation_id, account_id, workspace_id, key_id, candidates, period_day, period_week,
  period_month, epoch, opened_at, state, amount_nano_usd, highest_nano_usd, ended_at, settled_at, outcome)
SELECT generation_id, account_id, workspace_id, key_id, '[]', period_day, period_week, period_month, 0, opened_at,
  'expired', amount_nano_usd, amount_nano_usd, $2::timestamptz, now(), 'expired'
FROM jsonb_to_recordset($1::jsonb) AS e (generation_id uuid, account_id uuid, workspace_id uuid, key_id uuid,
  amount_nano_usd bigint, period_day text, period_week text, period_month text, opened_at timestamptz)
ON CONFLICT (generation_id) DO UPDATE
  SET state = 'expired', amount_nano_usd = greatest(h.amount_nano_usd, excluded.amount_nano_usd),
    highest_nano_usd = greatest(h.highest_nano_usd, excluded.highest_nano_usd),
    ended_at = excluded.ended_at, settled_at = now(), outcome = 'expired'
  WHERE h.state = 'open'
RETURNING generation_id`;

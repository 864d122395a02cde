import type {
  AccountId,
  Attempt,
  GenerationId,
  HoldOpened,
  HoldPeriods,
  HoldState,
  KeyId,
  UsageFinal,
  WorkspaceId,
} from '@apilink/contracts';
import type { ListedHold, RenewedHold } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';

import type { EndedHold } from '../settlement/settlement.domain.js';
import { storedDrawOf } from '../lot/lot-draw.domain.js';
import { storableJson } from '../settlement/storable-json.domain.js';
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
    await sql.query(INSERT_OPENED, [
      storableJson(holds.map((hold) => ({ ...factsOf(hold), amount_nano_usd: hold.amountNanoUsd.toString() }))),
    ]);
  }

  /**
   * Ends holds, also such that were never opened here. The guard lets a hold end once; a hold that ended in between is a
   * broken lock, and the batch is rolled back.
   */
  async end(sql: Sql, ended: readonly EndedHold[]): Promise<void> {
    if (ended.length === 0) return;
    const rows = await sql.query<{ generation_id: string }>(END_HOLDS, [storableJson(ended.map(endedRowOf))]);
    if (rows.length !== ended.length) {
      throw new Error(`${ended.length - rows.length} of ${ended.length} holds ended while their accounts were locked`);
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

  /** Of holds that the gate lists, those that have ended here: late settlements' own ones end when they are posted. */
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
SELECT gate_hold_id FROM late_settlements WHERE gate_hold_id = ANY($1::uuid[]) AND state = 'posted'`;

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

function factsOf(hold: HoldOpened | UsageFinal) {
  return {
    generation_id: hold.generationId,
    account_id: hold.accountId,
    workspace_id: hold.workspaceId,
    key_id: hold.keyId,
    model_id: hold.modelId,
    candidates: hold.candidates,
    ...periodColumns(hold.periods),
    epoch: hold.epoch,
    opened_at: new Date(hold.openedAt).toISOString(),
  };
}

/** In its wire form, by hand: a codec would be a third of the time of writing a batch. Receipts read it by the schema. */
function attemptOf(attempt: Attempt) {
  return {
    ...attempt,
    startedAt: new Date(attempt.startedAt).toISOString(),
    costNanoUsd: attempt.costNanoUsd?.toString() ?? null,
  };
}

/** Whatever an event says of the highest, it was not below the final hold. */
function highestOf({ highestHoldNanoUsd, finalHoldNanoUsd }: UsageFinal): bigint {
  return highestHoldNanoUsd > finalHoldNanoUsd ? highestHoldNanoUsd : finalHoldNanoUsd;
}

function endedRowOf({ final, ...ended }: EndedHold) {
  return {
    ...factsOf(final),
    state: ended.state,
    amount_nano_usd: final.finalHoldNanoUsd.toString(),
    highest_nano_usd: highestOf(final).toString(),
    ended_at: new Date(final.endedAt).toISOString(),
    outcome: final.outcome,
    reason: final.reason,
    charge_nano_usd: ended.chargeNanoUsd.toString(),
    written_off_nano_usd: ended.writtenOffNanoUsd.toString(),
    absorbed_nano_usd: ended.absorbedNanoUsd.toString(),
    draws: ended.draws.length === 0 ? null : ended.draws.map(storedDrawOf),
    edge_charge_nano_usd: final.chargeNanoUsd.toString(),
    usage: final.usage,
    usage_source: final.usageSource,
    price_version: final.answeredBy?.priceVersion ?? null,
    endpoint_id: final.answeredBy?.endpointId ?? null,
    service_tier: final.serviceTier,
    attempts: final.attempts.map(attemptOf),
    dialect: final.dialect,
    stream: final.stream,
    status: final.status,
    finish_reason: final.finishReason,
    app: final.app,
    session: final.session,
    end_user: final.endUser,
    tags: final.tags,
    transfer_id: ended.transferId,
    ledger_version: ended.ledgerVersion?.toString() ?? null,
  };
}

const FACT_COLUMNS = `generation_id, account_id, workspace_id, key_id, model_id, candidates, period_day, period_week,
  period_month, epoch, opened_at`;
const FACT_TYPES = `generation_id uuid, account_id uuid, workspace_id uuid, key_id uuid, model_id text, candidates jsonb,
  period_day text, period_week text, period_month text, epoch integer, opened_at timestamptz`;

const INSERT_OPENED = `
INSERT INTO holds AS h (${FACT_COLUMNS}, state, amount_nano_usd, highest_nano_usd)
SELECT ${FACT_COLUMNS}, 'open', amount_nano_usd, amount_nano_usd
FROM jsonb_to_recordset($1::jsonb) AS o (${FACT_TYPES}, amount_nano_usd bigint)
ON CONFLICT (generation_id) DO UPDATE SET model_id = excluded.model_id, candidates = excluded.candidates
  WHERE h.model_id IS NULL`;

const END_COLUMNS = `state, amount_nano_usd, highest_nano_usd, ended_at, outcome, reason, charge_nano_usd, written_off_nano_usd,
  absorbed_nano_usd, draws, edge_charge_nano_usd, usage, usage_source, price_version, endpoint_id, service_tier, attempts, dialect, stream, status,
  finish_reason, app, session, end_user, tags, transfer_id, ledger_version`;
const END_TYPES = `state text, amount_nano_usd bigint, highest_nano_usd bigint, ended_at timestamptz, outcome text,
  reason text, charge_nano_usd bigint, written_off_nano_usd bigint, absorbed_nano_usd bigint,
  draws jsonb, edge_charge_nano_usd bigint, usage jsonb, usage_source text,
  price_version text, endpoint_id text, service_tier text, attempts jsonb, dialect text, stream boolean, status integer,
  finish_reason text, app jsonb, session text, end_user text, tags jsonb, transfer_id uuid, ledger_version bigint`;

/** What the final says of the hold's own facts counts: the charge was made by them. */
const REPLACED_COLUMNS = `model_id, period_day, period_week, period_month, epoch, ${END_COLUMNS}`;

const END_HOLDS = `
INSERT INTO holds AS h (${FACT_COLUMNS}, ${END_COLUMNS}, settled_at)
SELECT ${FACT_COLUMNS}, ${END_COLUMNS}, now() FROM jsonb_to_recordset($1::jsonb) AS e (${FACT_TYPES}, ${END_TYPES})
ON CONFLICT (generation_id) DO UPDATE SET (${REPLACED_COLUMNS}, candidates, settled_at)
  = (${REPLACED_COLUMNS.replaceAll(/(\w+)(?=,|$)/g, 'excluded.$1')},
     CASE WHEN h.model_id IS NULL THEN excluded.candidates ELSE h.candidates END, now())
  WHERE h.state = 'open' OR (h.state = 'expired' AND excluded.state = 'late_settled')
RETURNING generation_id`;

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

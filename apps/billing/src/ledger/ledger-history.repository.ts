import type { AccountId, GenerationId, KeyId, Outcome, WorkspaceId } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { Sql } from '@apilink/postgres';

import { drawsOf } from '../lot/lot-draw.domain.js';
import { usageSettledEvent } from '../settlement/usage-settled.factory.js';
import { customerLedgerAccountId } from './ledger-account.domain.js';
import { accountChangedEvent, creditGrantedEvent } from './ledger-event.factory.js';
import { paymentEventOf, TOLD_PAYMENT, TOLD_PAYMENTS, type PaymentKind } from './payment-history.factory.js';

/** Where reading goes on: after this posting. */
export interface HistoryCursor {
  readonly ledgerVersion: string;
  readonly transferId: string;
}

export interface HistoryPage {
  readonly events: readonly OutgoingEvent[];
  /** Null at the end. */
  readonly next: HistoryCursor | null;
}

/** The events of an account's ledger as they were told, built again from the tables that their commits wrote. */
export class LedgerHistoryRepository {
  /** Changes of the account since an instant (ms), oldest first. */
  async accountChanges(sql: Sql, accountId: AccountId, from: number): Promise<readonly OutgoingEvent[]> {
    const rows = await sql.query<ChangeRow>(SELECT_CHANGES, [accountId, new Date(from).toISOString()]);
    return rows.map((row) =>
      accountChangedEvent({
        accountId,
        version: Number(row.version),
        name: row.name,
        status: row.status,
        timeZone: row.time_zone,
        changedAt: row.changed_at.getTime(),
      }),
    );
  }

  /** Postings since an instant (ms), in the order of the customer's versions. */
  async postings(
    sql: Sql,
    { accountId, from, limit }: { accountId: AccountId; from: number; limit: number },
    after: HistoryCursor | null,
  ): Promise<HistoryPage> {
    const rows = await sql.query<PostingRow>(SELECT_POSTINGS, [
      accountId,
      new Date(from).toISOString(),
      customerLedgerAccountId('customer_promo', accountId),
      customerLedgerAccountId('customer_paid', accountId),
      after?.ledgerVersion ?? null,
      after?.transferId ?? null,
      limit,
    ]);
    const last = rows.at(-1);
    return {
      events: rows.map((row) => eventOf(accountId, row)),
      next:
        last === undefined || rows.length < limit
          ? null
          : { ledgerVersion: last.ledger_version, transferId: last.transfer_id },
    };
  }

  async countPostings(sql: Sql, accountId: AccountId, from: number): Promise<number> {
    const [row] = await sql.query<{ count: string }>(COUNT_POSTINGS, [accountId, new Date(from).toISOString()]);
    return Number(row?.count ?? 0);
  }
}

interface ChangeRow {
  readonly version: string;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  readonly time_zone: string;
  readonly changed_at: Date;
}

interface PostingTold {
  readonly transfer_id: string;
  readonly ledger_version: string;
  readonly posted_at: Date;
  readonly promo: string;
  readonly paid: string;
  readonly posted_after: string;
}

interface UsageRow extends PostingTold {
  readonly kind: 'usage';
  readonly generation_id: GenerationId;
  readonly workspace_id: WorkspaceId;
  readonly key_id: KeyId;
  readonly model_id: string;
  readonly outcome: Outcome;
  readonly written_off_nano_usd: string;
  readonly absorbed_nano_usd: string;
  readonly draws: unknown;
  readonly late: boolean;
}

interface PaymentRow extends PostingTold {
  readonly kind: PaymentKind;
  readonly payment: unknown;
}

interface GrantRow extends PostingTold {
  readonly kind: 'grant';
  readonly amount_nano_usd: string;
  readonly reason: string;
  readonly actor: string;
}

type PostingRow = UsageRow | GrantRow | PaymentRow;

function eventOf(accountId: AccountId, row: PostingRow): OutgoingEvent {
  const posting = {
    accountId,
    transferId: row.transfer_id,
    postedNanoUsd: BigInt(row.posted_after),
    ledgerVersion: BigInt(row.ledger_version),
    postedAt: row.posted_at.getTime(),
  };
  if (row.kind === 'grant') {
    return creditGrantedEvent({
      ...posting,
      amountNanoUsd: BigInt(row.amount_nano_usd),
      reason: row.reason,
      actor: row.actor,
    });
  }
  if (row.kind !== 'usage') return paymentEventOf(row.kind, posting, row.payment);
  return usageSettledEvent({
    ...posting,
    generationId: row.generation_id,
    workspaceId: row.workspace_id,
    keyId: row.key_id,
    modelId: row.model_id,
    outcome: row.outcome,
    promoNanoUsd: -BigInt(row.promo),
    paidNanoUsd: -BigInt(row.paid),
    writtenOffNanoUsd: BigInt(row.written_off_nano_usd),
    absorbedNanoUsd: BigInt(row.absorbed_nano_usd),
    draws: drawsOf(row.draws),
    late: row.late,
  });
}

const SELECT_CHANGES = `
SELECT version, name, status, time_zone, changed_at FROM account_changes
WHERE account_id = $1 AND changed_at >= $2::timestamptz ORDER BY version`;

/** Postings that were told: of a hold with the version that it was told with, of all others with that of their entry. */
const TOLD = `
  SELECT 'usage' AS kind, h.transfer_id, h.settled_at AS posted_at, h.ledger_version
  FROM holds h WHERE h.account_id = $1 AND h.ledger_version IS NOT NULL AND h.settled_at >= $2::timestamptz
  UNION ALL
  SELECT 'grant', g.transfer_id, g.granted_at, e.version
  FROM credit_grants g JOIN ledger_entries e ON e.transfer_id = g.transfer_id AND e.version IS NOT NULL
  WHERE g.account_id = $1 AND g.granted_at >= $2::timestamptz
  UNION ALL ${TOLD_PAYMENTS}`;

const COUNT_POSTINGS = `SELECT count(*) AS count FROM (${TOLD}) AS told`;

const SELECT_POSTINGS = `
WITH page AS (
  SELECT * FROM (${TOLD}) AS told
  WHERE $5::bigint IS NULL OR (ledger_version, transfer_id) > ($5::bigint, $6::uuid)
  ORDER BY ledger_version, transfer_id LIMIT $7
)
SELECT p.kind, p.transfer_id, p.posted_at, p.ledger_version,
  coalesce((SELECT amount FROM ledger_entries e WHERE e.transfer_id = p.transfer_id AND e.ledger_account_id = $3), 0) AS promo,
  coalesce((SELECT amount FROM ledger_entries e WHERE e.transfer_id = p.transfer_id AND e.ledger_account_id = $4), 0) AS paid,
  coalesce((SELECT posted_after FROM ledger_entries e WHERE e.ledger_account_id = $3 AND e.version <= p.ledger_version
    ORDER BY e.version DESC LIMIT 1), 0)
  + coalesce((SELECT posted_after FROM ledger_entries e WHERE e.ledger_account_id = $4 AND e.version <= p.ledger_version
    ORDER BY e.version DESC LIMIT 1), 0) AS posted_after,
  h.generation_id, h.workspace_id, h.key_id, h.model_id, h.outcome, h.written_off_nano_usd,
  h.absorbed_nano_usd, h.draws,
  h.state = 'late_settled' AS late, g.amount_nano_usd, g.reason, g.actor, ${TOLD_PAYMENT} AS payment
FROM page p
LEFT JOIN holds h ON p.kind = 'usage' AND h.account_id = $1 AND h.transfer_id = p.transfer_id
LEFT JOIN credit_grants g ON p.kind = 'grant' AND g.transfer_id = p.transfer_id
ORDER BY p.ledger_version, p.transfer_id`;
